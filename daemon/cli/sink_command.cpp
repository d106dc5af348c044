// `eventfwd sink`: an operator holds a sink, lets it go on, or gives its backlog up.
#include <fmt/format.h>

#include <cstdio>

#include "core/text/printable.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "daemon/cli/daemon_answer.h"

namespace eventfwd {
namespace {

struct SinkCommand {
    std::string config;
    std::string name;
    std::string verb;  // pause, resume or skip-to-end
};

int run(const SinkCommand& command) {
    const auto settings = settings_or_complaint(command.config);
    if (!settings) return kWrongUsage;
    const auto answer = answer_or_complaint(settings->control_path,
                                            fmt::format("sink {} {}", command.name, command.verb));
    if (!answer) return kFailed;
    fmt::print("sink {}: {}\n", printable(command.name),
               command.verb == "pause"
                   ? "paused behind what is under way; its events wait in the journal until "
                     "resume"
               : command.verb == "resume"
                   ? "resumed"
                   : "what it has not had behind what is under way is given up, "
                     "counted as skipped in the status");
    return kDone;
}

}  // namespace

void add_sink_command(const Commands& commands) {
    const auto [line, command] = commands.add<SinkCommand>(
        "sink",
        "Hold a sink until it is resumed, over restarts and reloads, too; or give up what waits "
        "for it",
        "eventfwd sink lines pause", run);
    add_config(line, command.config);
    line.add_option("NAME", command.name, "The sink's name in the configuration")->required();
    line.add_option("VERB", command.verb, "pause, resume or skip-to-end")
        ->required()
        ->check(CLI::IsMember({"pause", "resume", "skip-to-end"}));
}

}  // namespace eventfwd

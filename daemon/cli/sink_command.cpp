#include <fmt/format.h>

#include <cstdio>

#include "daemon/cli/commands.h"
#include "daemon/cli/daemon_answer.h"

namespace eventfwd {

int run(const SinkCommand& command) {
    const auto settings = settings_or_complaint(command.config);
    if (!settings) return kWrongUsage;
    const auto answer = answer_or_complaint(settings->control_path,
                                            fmt::format("sink {} {}", command.name, command.verb));
    if (!answer) return kFailed;
    fmt::print("sink {}: {}\n", command.name,
               command.verb == "pause"
                   ? "paused behind what is under way; its events wait in the journal until "
                     "resume"
               : command.verb == "resume"
                   ? "resumed"
                   : "what it has not had behind what is under way is given up, "
                     "counted as skipped in the status");
    return kDone;
}

}  // namespace eventfwd

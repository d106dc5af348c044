#include <fmt/format.h>

#include <cstdio>

#include "daemon/cli/commands.h"
#include "daemon/cli/daemon_answer.h"
#include "daemon/config/settings.h"

namespace eventfwd {

int run(const SinkCommand& command) {
    const ReadSettings read = load_settings(command.config);
    if (!read.problems.empty()) {
        print_problems(read.problems);
        return kWrongUsage;
    }
    const auto answer = ask_for_object(read.settings.control_path,
                                       fmt::format("sink {} {}", command.name, command.verb));
    if (!answer) {
        fmt::print(stderr, "eventfwd: {}\n", answer.error().message);
        return kFailed;
    }
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

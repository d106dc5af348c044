#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "daemon/cli/commands.h"
#include "daemon/config/settings.h"
#include "daemon/ops/control_client.h"

namespace eventfwd {

int run(const SinkCommand& command) {
    const ReadSettings read = load_settings(command.config);
    if (!read.problems.empty()) {
        print_problems(read.problems);
        return kWrongUsage;
    }
    const auto answer = ask_daemon(read.settings.control_path,
                                   fmt::format("sink {} {}", command.name, command.verb));
    if (!answer) {
        fmt::print(stderr, "eventfwd: {}\n", answer.error().message);
        return kFailed;
    }
    boost::system::error_code error;
    const boost::json::value reply = boost::json::parse(*answer, error);
    const auto* const refusal =
        !error && reply.is_object() ? reply.as_object().if_contains("error") : nullptr;
    if (refusal != nullptr && refusal->is_string()) {
        fmt::print(stderr, "eventfwd: {}\n", std::string_view(refusal->as_string()));
        return kFailed;
    }
    fmt::print("sink {}: {}\n", command.name,
               command.verb == "pause"    ? "paused; its events wait in the journal until resume"
               : command.verb == "resume" ? "resumed"
                                          : "what it had not had yet is given up, counted as "
                                            "skipped in the status");
    return kDone;
}

}  // namespace eventfwd

// What the control socket is asked: one request is one line, one answer one line of JSON. Pure but
// for the operations it calls.
#pragma once

#include <string>
#include <string_view>

#include "daemon/control/operations.h"

namespace eventfwd {

// Answers "status", "sink NAME pause|resume|skip-to-end|stop-replay", "replay …" as
// replay_request.h has it, "letters [RANGES]" and "retry …" as retry_request.h has it; anything
// else with {"error":…}.
std::string answer_request(std::string_view request, Operations& operations);

}  // namespace eventfwd

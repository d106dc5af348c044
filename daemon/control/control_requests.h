// What the control socket is asked: one request is one line, one answer one line of JSON. Pure but
// for the verbs it calls.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "daemon/control/replay_request.h"
#include "daemon/control/retry_request.h"
#include "daemon/intake/dead_letter_intake.h"

namespace eventfwd {

// What the daemon can do for whoever asks.
struct ControlVerbs {
    std::function<std::string()> status;  // in JSON
    enum class SinkVerb { pause, resume, skip_to_end, stop_replay };
    std::function<Result<>(std::string_view sink, SinkVerb verb)> sink;
    // Begins to send them again, and says which those are.
    std::function<Result<SequenceRange>(const ReplayRequest& request)> replay;
    // Counts the dead letters of these numbers; none: all.
    std::function<Result<LetterCensus>(const NumberRanges& numbers)> letters;
    // Begins to send a sink's letters again, and says how many those are.
    std::function<Result<std::uint64_t>(const RetryRequest& request)> retry_sink;
    // Takes the next few letters of an input.
    std::function<Result<LettersTaken>(const RetryRequest& request)> retry_input;
};

// Answers "status", "sink NAME pause|resume|skip-to-end|stop-replay", "replay …" as
// replay_request.h has it, "letters [RANGES]" and "retry …" as retry_request.h has it; anything
// else with {"error":…}.
std::string answer_request(std::string_view request, const ControlVerbs& verbs);

}  // namespace eventfwd

// What an operator can ask of the daemon. The control socket's requests call it, App implements it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "daemon/control/replay_request.h"
#include "daemon/control/retry_request.h"
#include "daemon/intake/dead_letter_intake.h"

namespace eventfwd {

enum class SinkVerb { pause, resume, skip_to_end, stop_replay };

// Called on the main thread.
class Operations {
  public:
    virtual ~Operations() = default;

    // One snapshot of the whole daemon, as JSON on one line.
    virtual std::string status() = 0;
    virtual Result<> change_sink(std::string_view sink, SinkVerb verb) = 0;
    // Begins to send events again, and says which those are.
    virtual Result<SequenceRange> replay(const ReplayRequest& request) = 0;
    // Counts the dead letters of these numbers; none: all.
    virtual Result<LetterCensus> count_letters(const NumberRanges& numbers) = 0;
    // Begins to send a sink's letters again, and says how many those are.
    virtual Result<std::uint64_t> retry_sink(const RetryRequest& request) = 0;
    // Takes the next few letters of an input.
    virtual Result<LettersTaken> retry_input(const RetryRequest& request) = 0;
};

}  // namespace eventfwd

// From the body of a request to the journal: all of it or nothing, by one call. Room in the journal
// is not waited for: that there is none is an answer.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "daemon/dead_letters/dead_letters.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/intake_options.h"
#include "daemon/intake/request_events.h"
#include "journal/journal.h"

namespace eventfwd {

// What a request came with.
struct Arrival {
    Instant received_at;
    std::string_view sender;       // its address and port, or the user's id
    std::string_view application;  // of the key it came with; empty: the input's
};

struct TakenRequest {
    std::optional<SequenceRange> numbers;  // of its events; nothing where none was journaled
    std::uint64_t accepted = 0;
    std::span<const RefusedEvent> refused;  // views the body, and lives until the next request
};

// Used on one thread, but for counts().
class RequestIntake {
  public:
    // JOURNAL, DEAD_LETTERS and PROBE outlive the intake.
    RequestIntake(const IntakeOptions& options, Journal& journal, DeadLetters& dead_letters,
                  IntakeProbe& probe);

    // Takes the events of BODY; those that are refused go to the dead letters. On an error nothing
    // of it was taken or counted: E2BIG where it is too large for one append, else the journal's
    // own, ENOSPC above all, after which the call can be made again.
    Result<TakenRequest> take(std::string_view body, const Arrival& arrival);

    IntakeCounts counts() const;

  private:
    void keep_refused(const Arrival& arrival);

    const IntakeOptions options_;
    const std::string origin_;  // "input NAME"
    Journal& journal_;
    DeadLetters& dead_letters_;
    IntakeProbe& probe_;
    RequestEvents events_;

    mutable std::mutex mutex_;  // guards counts_
    IntakeCounts counts_;
};

}  // namespace eventfwd

// The dead letters of a sink, sent to it once more. A letter stays until its line has arrived: a
// crash in between can bring it twice, and never loses it.
#pragma once

#include <vector>

#include "daemon/dead_letters/dead_letters.h"
#include "daemon/deliver/redelivery.h"

namespace eventfwd {

class LetterRetry final : public Redelivery {
  public:
    // Those of LETTERS that CHOICE means; letters that come later are not. LETTERS outlives the
    // retry.
    static Result<std::unique_ptr<LetterRetry>> make(DeadLetters& letters, LetterChoice choice);

    Result<bool> load(InFlightBatch& in_flight, std::size_t bytes_max,
                      std::size_t count_max) override;
    void settle(const InFlightBatch& in_flight, const std::vector<RefusedLine>& refused) override;
    bool is_replay() const override { return false; }
    const RedeliveryStatus& status() const override { return status_; }

  private:
    struct Loaded {
        std::uint64_t number = 0;    // of the letter
        std::uint64_t sequence = 0;  // of the event
        std::string line;            // with its line feed
    };

    LetterRetry(DeadLetters& letters, LetterChoice choice, std::uint64_t total);
    Result<> read(std::size_t bytes_max, std::size_t count_max);

    DeadLetters& letters_;
    LetterWalk walk_;
    std::vector<Loaded> loaded_;  // and not settled, by sequence
    Result<> marked_;             // what came of marking those that are resolved
    RedeliveryStatus status_;
};

}  // namespace eventfwd

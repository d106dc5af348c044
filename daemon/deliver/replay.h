// Journaled events, once more.
#pragma once

#include <memory>

#include "daemon/deliver/redelivery.h"
#include "journal/tail_reader.h"

namespace eventfwd {

class Replay final : public Redelivery {
  public:
    // The numbers of RANGE in JOURNAL, which outlives the replay.
    Replay(const JournalView& journal, SequenceRange range);

    Result<bool> load(InFlightBatch& in_flight, std::size_t bytes_max,
                      std::size_t count_max) override;
    void settle(const InFlightBatch& in_flight, const std::vector<RefusedLine>& refused) override;
    bool is_replay() const override { return true; }
    const RedeliveryStatus& status() const override { return status_; }

  private:
    void pass(std::uint64_t next);

    const JournalView& journal_;
    const SequenceRange range_;
    std::uint64_t next_;  // the first number that is not settled
    std::unique_ptr<TailReader> reader_;
    RedeliveryStatus status_;
};

}  // namespace eventfwd

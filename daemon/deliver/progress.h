// How far a sink is, twice: what is settled, and what of that is durable. A cursor is saved as of
// the durable position, with the ledger as it was there, so that a crash finds both as they belong
// together.
#pragma once

#include <cstdint>
#include <deque>

#include "core/clock.h"
#include "daemon/deliver/ledger.h"

namespace eventfwd {

struct Position {
    std::uint64_t cursor = 0;  // the last number that is settled
    Instant instant;           // what is pending was journaled after this
    Ledger ledger;  // of the numbers up to the cursor; what is beside the equation is not kept here
};

// Not shared between threads.
class Progress {
  public:
    // Nothing is settled behind POSITION yet.
    void begin(const Position& position) {
        durable_ = position;
        settled_.clear();
        cursor_ = position.cursor;
    }

    // The numbers behind the cursor up to STEP's are settled: STEP.ledger says as what. Where
    // MERGES, no position between this one and the one before will ever be asked for.
    void settle(const Position& step, bool merges);

    // All up to NUMBER is durable: the durable position moves over the steps that end there or
    // before.
    void make_durable(std::uint64_t number);

    std::uint64_t cursor() const { return cursor_; }
    const Position& durable() const { return durable_; }

  private:
    Position durable_;
    std::deque<Position> settled_;  // behind durable_, ascending
    std::uint64_t cursor_ = 0;
};

}  // namespace eventfwd

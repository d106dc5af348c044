// Which numbers may be issued: those below a ceiling that is durable in the file "state". Numbers
// are reserved in blocks, ahead of need, so that an append rarely waits for it.
#pragma once

#include <atomic>

#include "journal/state_file.h"

namespace eventfwd {

// Thread-safe.
class NumberReservation {
  public:
    // STATE outlives this.
    explicit NumberReservation(StateFile& state) : state_(state) {}

    // Whether all numbers below END may be issued.
    bool covers(std::uint64_t end) const { return end <= ceiling_; }
    // Reserves a block of numbers from END on; what ALSO changes is durable with it.
    Result<> reserve(std::uint64_t end, const std::function<void(JournalState&)>& also = {});
    // Reserves two blocks from NEXT, the next number, on, where less than one is left.
    Result<> reserve_ahead(std::uint64_t next);
    // The last words of an orderly stop: no number is reserved from NEXT on.
    Result<> give_back(std::uint64_t next);

  private:
    StateFile& state_;
    std::atomic<std::uint64_t> ceiling_ = 0;  // at most the durable one; 0: nothing reserved yet
};

}  // namespace eventfwd

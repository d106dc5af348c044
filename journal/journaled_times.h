// When events were journaled, by the steady clock: what lag and retention go by, so that a wall
// clock that is set ahead or back changes neither. Of events of an earlier life only the wall
// clock's instants are known; they are held against the wall clock as it was at the start, once.
#pragma once

#include <deque>

#include "core/clock.h"

namespace eventfwd {

// Not thread-safe.
class JournaledTimes {
  public:
    // Events from FIRST_SEQUENCE on are of this life.
    JournaledTimes(std::uint64_t first_sequence, const Clock& clock)
        : first_sequence_(first_sequence),
          opened_wall_(clock.now()),
          opened_at_(clock.steady_now()) {}

    // Event SEQUENCE, the next one, is journaled at NOW.
    void note(std::uint64_t sequence, SteadyInstant now);

    // When event SEQUENCE was journaled, exactly to a fraction of how long ago that was; INSTANT
    // where it is of an earlier life. Never later than the start for such a one.
    SteadyInstant at(std::uint64_t sequence, Instant instant) const;

  private:
    struct Mark {
        std::uint64_t sequence = 0;
        SteadyInstant at;
    };

    const std::uint64_t first_sequence_;
    const Instant opened_wall_;
    const SteadyInstant opened_at_;
    std::chrono::microseconds step_ = std::chrono::milliseconds(100);  // between two marks
    std::deque<Mark> marks_;                                           // ascending
};

}  // namespace eventfwd

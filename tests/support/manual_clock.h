// A clock whose hands the test turns, on any thread.
#pragma once

#include <atomic>

#include "core/clock.h"

namespace eventfwd::test {

class ManualClock final : public Clock {
  public:
    Instant now() const override { return now_; }
    SteadyInstant steady_now() const override { return SteadyInstant(steady_.load()); }
    // Time passes.
    void advance(std::chrono::microseconds by) {
        now_ = now_.load() + by;
        steady_ = steady_.load() + by;
    }
    // The wall clock is set, ahead or back.
    void jump(std::chrono::microseconds by) { now_ = now_.load() + by; }

  private:
    std::atomic<Instant> now_ = Instant{std::chrono::seconds(1'312'803'917)};
    std::atomic<SteadyInstant::duration> steady_ = SteadyInstant::duration(std::chrono::hours(1));
};

}  // namespace eventfwd::test

// A clock whose hands the test turns, on any thread.
#pragma once

#include <atomic>

#include "core/clock.h"

namespace eventfwd::test {

class ManualClock final : public Clock {
  public:
    Instant now() const override { return now_; }
    void advance(std::chrono::microseconds by) { now_ = now_.load() + by; }

  private:
    std::atomic<Instant> now_ = Instant{std::chrono::seconds(1'312'803'917)};
};

}  // namespace eventfwd::test

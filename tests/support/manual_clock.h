// A clock whose hands the test turns.
#pragma once

#include "core/clock.h"

namespace eventfwd::test {

class ManualClock final : public Clock {
  public:
    Instant now() const override { return now_; }
    void advance(std::chrono::microseconds by) { now_ += by; }

  private:
    Instant now_{std::chrono::seconds(1'312'803'917)};
};

}  // namespace eventfwd::test

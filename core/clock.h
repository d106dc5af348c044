// The clock is a seam: the product asks the system, tests turn the hands themselves. It has two
// hands: the wall clock names instants and may be set ahead or back by anything, also by years; the
// steady one measures how long something takes.
#pragma once

#include <algorithm>
#include <chrono>

#include "core/text/instant.h"

namespace eventfwd {

using SteadyInstant = std::chrono::steady_clock::time_point;

class Clock {
  public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
    // Goes on evenly, whatever the wall clock is set to. Means nothing over a restart.
    virtual SteadyInstant steady_now() const = 0;

    // How long ago INSTANT was, by the wall clock; 0 where it is still to come.
    std::chrono::microseconds age_of(Instant instant) const {
        return std::max(now() - instant, std::chrono::microseconds(0));
    }
};

class SystemClock final : public Clock {
  public:
    Instant now() const override {
        return std::chrono::time_point_cast<std::chrono::microseconds>(
            std::chrono::system_clock::now());
    }
    SteadyInstant steady_now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace eventfwd

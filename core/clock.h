// The clock is a seam: the product asks the system, tests turn the hands themselves.
#pragma once

#include <chrono>

#include "core/text/instant.h"

namespace eventfwd {

class Clock {
  public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
  public:
    Instant now() const override {
        return std::chrono::time_point_cast<std::chrono::microseconds>(
            std::chrono::system_clock::now());
    }
};

}  // namespace eventfwd

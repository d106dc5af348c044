// How a courier answers a sink's outcome: one pure function, so that every rule of retrying stands
// in one place and in one test.
#pragma once

#include <chrono>
#include <optional>

#include "sinks/sink.h"

namespace eventfwd {

struct RetryOptions {
    std::chrono::microseconds initial = std::chrono::milliseconds(500);
    std::chrono::microseconds max = std::chrono::seconds(60);

    bool operator==(const RetryOptions&) const = default;
};

struct Decision {
    enum class Do { go_on, wait_and_retry };
    Do what = Do::go_on;
    std::chrono::microseconds delay{0};  // of wait_and_retry
};

// ATTEMPT counts from 1. RANDOM is uniform in [0, 1): the waiting time is exponential from initial
// up to max with full jitter, so that couriers that failed together do not come back together.
Decision retry_policy(const Outcome& outcome, std::uint64_t attempt, double random,
                      const RetryOptions& options);

}  // namespace eventfwd

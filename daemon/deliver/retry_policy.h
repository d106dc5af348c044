// How a courier answers a sink's outcome: one pure function, so that every rule of retrying stands
// in one place and in one test.
#pragma once

#include <chrono>
#include <optional>

#include "daemon/deliver/courier_options.h"
#include "sinks/sink.h"

namespace eventfwd {

struct Decision {
    enum class Do {
        go_on,           // with what is left of the batch, or the next one
        wait_and_retry,  // after delay
    };
    Do what = Do::go_on;
    std::chrono::microseconds delay{0};  // of wait_and_retry
};

// A destination can ask for a longer pause than options.max, but not for any.
constexpr std::chrono::microseconds kRetryAfterMax = std::chrono::hours(1);

// What comes of OUTCOME:
//   delivered, reject  go on
//   try again          wait: exponential from initial up to max, with full jitter, so that couriers
//                      that failed together do not come back together; what the destination asks
//                      for is obeyed
//   hold               wait for max: only a person can change it
// ATTEMPT counts from 1. RANDOM is uniform in [0, 1).
Decision retry_policy(const Outcome& outcome, std::uint64_t attempt, double random,
                      const RetryOptions& options);

}  // namespace eventfwd

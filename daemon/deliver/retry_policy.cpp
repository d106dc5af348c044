#include "daemon/deliver/retry_policy.h"

#include <algorithm>

namespace eventfwd {

Decision retry_policy(const Outcome& outcome, std::uint64_t attempt, double random,
                      const RetryOptions& options) {
    if (outcome.kind == Outcome::Kind::delivered) return {};
    std::chrono::microseconds ceiling = options.initial;
    for (std::uint64_t doubled = 1; doubled < attempt && ceiling < options.max; ++doubled) {
        ceiling *= 2;
    }
    ceiling = std::min(ceiling, options.max);
    const auto delay = std::chrono::microseconds(
        static_cast<std::int64_t>(static_cast<double>(ceiling.count()) * random));
    return {Decision::Do::wait_and_retry, std::max(delay, std::chrono::microseconds(1000))};
}

}  // namespace eventfwd

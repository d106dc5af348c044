#include "daemon/deliver/retry_policy.h"

#include <algorithm>

namespace eventfwd {
namespace {

using std::chrono::microseconds;

constexpr microseconds kDelayMin = std::chrono::milliseconds(1);

microseconds backoff(std::uint64_t attempt, double random, const RetryOptions& options) {
    microseconds ceiling = options.initial;
    for (std::uint64_t doubled = 1; doubled < attempt && ceiling < options.max; ++doubled) {
        ceiling *= 2;
    }
    ceiling = std::min(ceiling, options.max);
    return microseconds(static_cast<std::int64_t>(static_cast<double>(ceiling.count()) * random));
}

}  // namespace

Decision retry_policy(const Outcome& outcome, std::uint64_t attempt, double random,
                      const RetryOptions& options) {
    microseconds delay{0};
    switch (outcome.kind) {
        case Outcome::Kind::delivered:
        case Outcome::Kind::reject:
            return {};
        case Outcome::Kind::hold:
            delay = options.max;
            break;
        case Outcome::Kind::try_again:
            delay = outcome.after ? std::min(*outcome.after, kRetryAfterMax)
                                  : backoff(attempt, random, options);
            break;
    }
    return {Decision::Do::wait_and_retry, std::max(delay, kDelayMin)};
}

}  // namespace eventfwd

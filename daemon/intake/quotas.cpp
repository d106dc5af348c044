#include "daemon/intake/quotas.h"

#include <algorithm>

namespace eventfwd {
namespace {

// Names that senders make up must not fill the memory: beyond this, applications that have all
// their tokens are forgotten, which changes nothing for them; if there are none, all are.
constexpr std::size_t kApplicationsMax = 10'000;

double burst_of(const Quota& quota) {
    return static_cast<double>(quota.burst == 0 ? quota.rate : quota.burst);
}

}  // namespace

double TokenBucket::tokens_at(const Quota& quota, SteadyInstant now) const {
    if (tokens_ < 0) return burst_of(quota);
    if (now <= filled_at_) return tokens_;
    const double seconds = std::chrono::duration<double>(now - filled_at_).count();
    return std::min(burst_of(quota), tokens_ + seconds * static_cast<double>(quota.rate));
}

bool TokenBucket::has_token(const Quota& quota, SteadyInstant now) {
    if (quota.rate == 0) return true;
    tokens_ = tokens_at(quota, now);
    // The times of several sockets interleave, and a socket whose queue was full lies far behind:
    // no stretch of time must bring its tokens twice.
    filled_at_ = std::max(filled_at_, now);
    return tokens_ >= 1;
}

bool TokenBucket::is_full(const Quota& quota, SteadyInstant now) const {
    return tokens_at(quota, now) >= burst_of(quota);
}

void TokenBucket::change_quota(const Quota& before, const Quota& after, SteadyInstant now) {
    if (before.rate == 0 || after.rate == 0) {
        *this = {};
    } else if (tokens_ >= 0) {
        has_token(before, now);
        tokens_ = std::min(tokens_, burst_of(after));
    }
}

void Quotas::change_options(const QuotaOptions& options, SteadyInstant now) {
    const std::lock_guard lock(mutex_);
    for (auto& [name, bucket] : applications_)
        bucket.change_quota(options_.application, options.application, now);
    for (auto& [uid, bucket] : users_)
        bucket.change_quota(options_.uid, options.uid, now);
    udp_.change_quota(options_.udp, options.udp, now);
    options_ = options;
    is_none_ = options.is_none();
}

TokenBucket& Quotas::bucket_of(std::string_view application, SteadyInstant now) {
    if (const auto found = applications_.find(application); found != applications_.end()) {
        return found->second;
    }
    if (applications_.size() >= kApplicationsMax) {
        const auto is_idle = [&](const auto& entry) {
            return entry.second.is_full(options_.application, now);
        };
        if (std::erase_if(applications_, is_idle) == 0) applications_.clear();
    }
    return applications_[std::string(application)];
}

bool Quotas::admits(std::string_view application, uid_t uid, SteadyInstant now) {
    if (is_none_) return true;
    const std::lock_guard lock(mutex_);
    const bool is_udp = uid == kNobody;
    const Quota& sender_quota = is_udp ? options_.udp : options_.uid;
    TokenBucket unlimited;
    TokenBucket& sender = sender_quota.rate == 0 ? unlimited : is_udp ? udp_ : users_[uid];
    TokenBucket& named = options_.application.rate == 0 ? unlimited : bucket_of(application, now);
    if (!sender.has_token(sender_quota, now) || !named.has_token(options_.application, now)) {
        return false;
    }
    sender.take_token();
    named.take_token();
    return true;
}

}  // namespace eventfwd

// How many events a second each application, each user that sends over a Unix socket, and all that
// send over UDP together may bring: so that one runaway process cannot starve the others. Token
// buckets: a bucket holds burst tokens, an event takes one, and rate new ones come a second.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "daemon/intake/quota_options.h"

namespace eventfwd {

class TokenBucket {
  public:
    // Whether there is a token at NOW, by QUOTA. A new bucket is full.
    bool has_token(const Quota& quota, SteadyInstant now);
    // There must be one.
    void take_token() { tokens_ -= 1; }
    bool is_full(const Quota& quota, SteadyInstant now) const;
    // From NOW on, the bucket goes by AFTER in the place of BEFORE. What it holds stays, so that a
    // change brings no tokens.
    void change_quota(const Quota& before, const Quota& after, SteadyInstant now);

  private:
    double tokens_at(const Quota& quota, SteadyInstant now) const;

    double tokens_ = -1;       // below 0: new
    SteadyInstant filled_at_;  // the latest time that has brought its tokens
};

// Shared by all inputs. Thread-safe.
class Quotas {
  public:
    static constexpr uid_t kNobody = static_cast<uid_t>(-1);  // a sender over UDP

    explicit Quotas(const QuotaOptions& options) { change_options(options); }
    // Buckets keep what they hold. Up to NOW they fill by the old rates; where there were no
    // quotas, NOW does not matter.
    void change_options(const QuotaOptions& options, SteadyInstant now = {});

    // Whether an event of APPLICATION, sent by UID and received at NOW, is within all quotas.
    // The times of several sockets may come in any order.
    bool admits(std::string_view application, uid_t uid, SteadyInstant now);

  private:
    TokenBucket& bucket_of(std::string_view application, SteadyInstant now);

    std::atomic<bool> is_none_ = true;
    std::mutex mutex_;  // guards all below
    QuotaOptions options_;
    std::map<std::string, TokenBucket, std::less<>> applications_;
    std::map<uid_t, TokenBucket> users_;
    TokenBucket udp_;
};

}  // namespace eventfwd

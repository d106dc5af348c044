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
    bool has_token(const Quota& quota, Instant now);
    // There must be one.
    void take_token() { tokens_ -= 1; }
    bool is_full(const Quota& quota, Instant now) const;

  private:
    double tokens_at(const Quota& quota, Instant now) const;

    double tokens_ = -1;  // below 0: new
    Instant filled_at_;
};

// Shared by all inputs. Thread-safe.
class Quotas {
  public:
    static constexpr uid_t kNobody = static_cast<uid_t>(-1);  // a sender over UDP

    explicit Quotas(const QuotaOptions& options) { change_options(options); }
    void change_options(const QuotaOptions& options);

    // Whether an event of APPLICATION, sent by UID and received at NOW, is within all quotas.
    bool admits(std::string_view application, uid_t uid, Instant now);

  private:
    TokenBucket& bucket_of(std::string_view application, Instant now);

    std::atomic<bool> is_none_ = true;
    std::mutex mutex_;  // guards all below
    QuotaOptions options_;
    std::map<std::string, TokenBucket, std::less<>> applications_;
    std::map<uid_t, TokenBucket> users_;
    TokenBucket udp_;
};

}  // namespace eventfwd

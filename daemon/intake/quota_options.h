// The options of the quotas, with their defaults: there are none unless the configuration sets
// some.
#pragma once

#include <cstdint>

namespace eventfwd {

struct Quota {
    // Events a second; 0: no quota.
    std::uint64_t rate = 0;

    // Events at once; 0: as many as rate.
    std::uint64_t burst = 0;

    bool operator==(const Quota&) const = default;
};

struct QuotaOptions {
    // Of each application.
    Quota application;

    // Of each user that sends over a Unix socket.
    Quota uid;

    // Of all senders over UDP together: no user is known there.
    Quota udp;

    bool is_none() const { return application.rate == 0 && uid.rate == 0 && udp.rate == 0; }
    bool operator==(const QuotaOptions&) const = default;
};

}  // namespace eventfwd

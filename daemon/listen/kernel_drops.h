// Counts what the kernel dropped at the inputs' sockets, exactly. The kernel's counter belongs to
// the socket: one that systemd holds over a restart goes on counting, so what an earlier process
// has counted already is known by the socket's cookie.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "daemon/listen/datagram_listener.h"

namespace eventfwd {

// Thread-safe.
class KernelDrops {
  public:
    // The kernel's counter of each socket, modulo 2^32, as far as it has been counted; by cookie.
    using Counted = std::map<std::uint64_t, std::uint32_t>;

    // BEFORE is what counted() gave in an earlier process.
    explicit KernelDrops(Counted before) : before_(std::move(before)) {}

    // Begins to count for LISTENER, which is asked only while it lives.
    void add(const DatagramListener& listener);
    // What was dropped at LISTENER's sockets, and not counted by an earlier process.
    std::uint64_t count(const DatagramListener& listener);
    // The same; what is dropped from now on is counted from 0: another listener goes on with them.
    std::uint64_t take(const DatagramListener& listener);
    // LISTENER's sockets are about to be closed.
    void forget(const DatagramListener& listener);

    // As of the last count().
    Counted counted() const;

  private:
    struct Counter {
        std::uint32_t last = 0;   // the kernel's, modulo 2^32
        std::uint64_t total = 0;  // since this process began to look, or took it
    };

    std::uint64_t count_locked(const DatagramListener& listener);

    const Counted before_;
    mutable std::mutex mutex_;                   // guards all below
    std::map<std::uint64_t, Counter> counters_;  // by cookie
};

}  // namespace eventfwd

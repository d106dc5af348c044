// Counts what the kernel dropped at the inputs' sockets, exactly. The kernel's counter belongs to
// the socket: one that systemd holds over a restart goes on counting, so what was told already is
// kept in a small file, by the socket's cookie.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "core/file_system.h"
#include "daemon/listen/datagram_listener.h"

namespace eventfwd {

class KernelDrops {
  public:
    KernelDrops(FileSystem& files, std::string path);

    // Begins to count for LISTENER, which is asked only while it lives.
    void add(const DatagramListener& listener);
    // What was dropped at LISTENER's sockets and not told by an earlier process.
    std::uint64_t count(const DatagramListener& listener);
    // Writes down what has been told, if that has changed.
    Result<> save();

  private:
    struct Counter {
        std::uint32_t last = 0;   // the kernel's, modulo 2^32
        std::uint64_t total = 0;  // since this process began to look
    };
    void update(const DatagramSocket& socket, Counter& counter);

    FileSystem& files_;
    const std::string path_;
    std::mutex mutex_;                           // guards all below
    std::map<std::uint64_t, Counter> counters_;  // by cookie
    bool has_changed_ = false;
};

}  // namespace eventfwd

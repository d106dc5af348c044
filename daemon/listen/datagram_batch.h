// Receives up to 256 datagrams with one system call, with their times and their senders. All memory
// is taken once. The head of each datagram, which is all of most, goes into a slot of a compact
// array that stays in the cache; the rest of a long one behind a gap that its head is then copied
// into.
#pragma once

#include <sys/socket.h>

#include <array>
#include <ctime>
#include <memory>
#include <span>
#include <vector>

#include "core/clock.h"
#include "daemon/listen/receiver.h"

namespace eventfwd {

class DatagramBatch {
  public:
    static constexpr std::size_t kDatagramsMax = 256;

    explicit DatagramBatch(std::size_t packet_bytes_max);

    enum class Wait {
        no,         // take what is there
        for_first,  // sleep until there is one, then take what is there
    };
    // Receives from FD. Nothing where there is nothing, or where a signal came.
    std::span<const Datagram> receive(int fd, Wait wait);
    // Adds what has come to FD since, as far as there is room; all that the batch holds then.
    std::span<const Datagram> receive_more(int fd);

  private:
    // Room for a timestamp and credentials, and for nothing else: the kernel would put descriptors
    // there that a sender passes, and they would be ours to close.
    using Control = std::array<char, CMSG_SPACE(sizeof(timespec)) + CMSG_SPACE(sizeof(ucred))>;

    void fill(int fd, int flags);
    Datagram describe(std::size_t at) const;

    char* head(std::size_t at) const { return heads_.get() + at * kHeadStride; }
    char* whole(std::size_t at) const { return wholes_.get() + at * packet_bytes_max_; }

    static constexpr std::size_t kHeadBytes = 2048;
    // A little more than a power of two: else all slots would share the same few lines of the
    // cache.
    static constexpr std::size_t kHeadStride = kHeadBytes + 5 * 64;

    std::size_t packet_bytes_max_;
    std::unique_ptr<char[]> heads_;
    std::unique_ptr<char[]> wholes_;  // of datagrams longer than a head; pages untouched by others
    std::vector<std::array<iovec, 2>> vectors_;
    std::vector<Control> controls_;
    std::vector<mmsghdr> headers_;
    std::vector<Datagram> datagrams_;
    SystemClock clock_;
};

}  // namespace eventfwd

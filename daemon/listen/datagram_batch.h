// Receives up to 256 datagrams with one system call, with their times and their senders. All memory
// is taken once; of a slot only the pages are touched that datagrams have filled.
#pragma once

#include <sys/socket.h>

#include <array>
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

  private:
    using Control = std::array<char, 128>;  // room for a timestamp and credentials

    Datagram describe(std::size_t at) const;

    std::size_t slot_bytes_;
    std::size_t stride_;
    std::unique_ptr<char[]> memory_;
    std::vector<iovec> vectors_;
    std::vector<Control> controls_;
    std::vector<mmsghdr> headers_;
    std::vector<Datagram> datagrams_;
    SystemClock clock_;
};

}  // namespace eventfwd

// The options of the datagram inputs, with their defaults: their sockets. What their packets become
// is a matter of IntakeOptions.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "net/address.h"

namespace eventfwd {

struct DatagramOptions {
    // Bytes that are asked of the kernel for each socket; what it grants is logged. Packets that
    // find no room there are dropped, and counted.
    std::uint64_t receive_buffer_bytes = 4 << 20;

    bool operator==(const DatagramOptions&) const = default;
};

struct UdpOptions {
    // A socket for each. One of IPv6 is left out on a machine that has none.
    std::vector<Address> listen{*Address::parse("127.0.0.1:8514"), *Address::parse("[::1]:8514")};

    DatagramOptions datagram;

    bool operator==(const UdpOptions&) const = default;
};

struct UnixDatagramOptions {
    // Of the socket.
    std::string path;

    // Of the socket: who may send.
    mode_t mode = 0666;

    DatagramOptions datagram;

    bool operator==(const UnixDatagramOptions&) const = default;
};

}  // namespace eventfwd

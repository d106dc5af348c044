// Where a syslog sink sends to, and how: udp://host:514, tcp://[::1]:601,
// tls://logs.example.com:6514, unix:///run/log.sock (a stream) or unixgram:///dev/log. Pure: no
// name is looked up here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace eventfwd {

struct SyslogAddress {
    enum class Transport { udp, tcp, tls, unix_stream, unix_datagram };
    Transport transport = Transport::udp;
    std::string host;        // a name or a numeric address without brackets; empty for Unix sockets
    std::uint16_t port = 0;  // the same
    std::string path;        // of a Unix socket

    // Fails with what was expected instead.
    static Result<SyslogAddress> parse(std::string_view text);

    // As parse reads it.
    std::string text() const;
    bool is_datagram() const {
        return transport == Transport::udp || transport == Transport::unix_datagram;
    }
    bool is_unix() const {
        return transport == Transport::unix_stream || transport == Transport::unix_datagram;
    }

    bool operator==(const SyslogAddress&) const = default;
};

}  // namespace eventfwd

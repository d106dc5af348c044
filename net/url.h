// Where an HTTP server listens: https://splunk-1:8088, perhaps with a path in front of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace eventfwd {

struct Url {
    bool is_tls = true;
    std::string host;  // a name or an address, without brackets
    std::uint16_t port = 0;
    std::string prefix;  // of the path: empty, or /something without a slash at its end

    // http:// or https://, a host, and perhaps a port and a path; nothing for anything else: no
    // user, no query, no fragment.
    static std::optional<Url> parse(std::string_view text);

    // As it is shown, and parsed again.
    std::string text() const;
    // Host and port for the Host header (RFC 9110, section 7.2). Without the dot at the end of an
    // absolute name, as SNI has it: servers compare the two, and know themselves without the dot.
    std::string authority() const;
    // Whether what is sent there stays on this machine.
    bool is_loopback() const;

    bool operator==(const Url&) const = default;
};

}  // namespace eventfwd

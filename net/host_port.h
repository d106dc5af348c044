// A host and a port as people write them: splunk-1:8088, 127.0.0.1:514, [::1]:8514. Pure: no name
// is looked up here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace eventfwd {

struct HostPort {
    std::string host;           // without brackets
    bool is_bracketed = false;  // an IPv6 address, then, perhaps with a zone (fe80::1%eth0)
    std::optional<std::uint16_t> port;

    // HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT; nothing for anything else. What a host may be
    // is not looked at: is_host_name() and is_ip6() tell.
    static std::optional<HostPort> parse(std::string_view text);
    // With brackets around a host that has colons.
    std::string text() const;
};

// Letters, digits, - . and _; neither - nor . in front; at most 253 bytes (RFC 1035, section 2.3).
bool is_host_name(std::string_view host);
// HOST without the dot that ends an absolute name. The dot is for the resolver alone, which then
// tries no search domains: certificates and SNI (RFC 6066, section 3) have none.
std::string_view without_root_dot(std::string_view host);
// An IPv6 address without a zone.
bool is_ip6(const std::string& host);

}  // namespace eventfwd

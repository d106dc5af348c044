#include "net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cstring>

#include "net/host_port.h"

namespace eventfwd {

std::optional<Address> Address::parse(std::string_view text) {
    const auto parsed = HostPort::parse(text);
    if (!parsed || !parsed->port || parsed->host.contains('\0')) return std::nullopt;
    Address address;
    if (parsed->is_bracketed) {
        sockaddr_in6 raw{};
        raw.sin6_family = AF_INET6;
        raw.sin6_port = htons(*parsed->port);
        if (::inet_pton(AF_INET6, parsed->host.c_str(), &raw.sin6_addr) != 1) return std::nullopt;
        std::memcpy(&address.storage_, &raw, sizeof(raw));
        address.length_ = sizeof(raw);
    } else {
        sockaddr_in raw{};
        raw.sin_family = AF_INET;
        raw.sin_port = htons(*parsed->port);
        if (::inet_pton(AF_INET, parsed->host.c_str(), &raw.sin_addr) != 1) return std::nullopt;
        std::memcpy(&address.storage_, &raw, sizeof(raw));
        address.length_ = sizeof(raw);
    }
    return address;
}

std::optional<Address> Address::of(const sockaddr* raw, socklen_t length) {
    if (raw->sa_family != AF_INET && raw->sa_family != AF_INET6) return std::nullopt;
    Address address;
    std::memcpy(&address.storage_, raw, length);
    address.length_ = length;
    return address;
}

std::string Address::text() const {
    char host[INET6_ADDRSTRLEN] = {};
    if (family() == AF_INET6) {
        sockaddr_in6 raw{};
        std::memcpy(&raw, &storage_, sizeof(raw));
        ::inet_ntop(AF_INET6, &raw.sin6_addr, host, sizeof(host));
        return fmt::format("[{}]:{}", host, ntohs(raw.sin6_port));
    }
    sockaddr_in raw{};
    std::memcpy(&raw, &storage_, sizeof(raw));
    ::inet_ntop(AF_INET, &raw.sin_addr, host, sizeof(host));
    return fmt::format("{}:{}", host, ntohs(raw.sin_port));
}

bool Address::is_loopback() const {
    if (family() == AF_INET6) {
        sockaddr_in6 raw{};
        std::memcpy(&raw, &storage_, sizeof(raw));
        return IN6_IS_ADDR_LOOPBACK(&raw.sin6_addr) != 0;
    }
    sockaddr_in raw{};
    std::memcpy(&raw, &storage_, sizeof(raw));
    return ntohl(raw.sin_addr.s_addr) >> 24 == 127;
}

bool is_loopback_host(const std::string& host) {
    const std::string name(without_root_dot(host));
    if (name == "localhost") return true;
    const auto numeric = Address::parse(HostPort{name, false, 0}.text());
    return numeric && numeric->is_loopback();
}

}  // namespace eventfwd

#include "net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cstring>

#include "core/text/whole_number.h"

namespace eventfwd {

std::optional<Address> Address::parse(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = whole_number<std::uint16_t>(text.substr(colon + 1));
    std::string host(text.substr(0, colon));
    if (!port || host.contains('\0')) return std::nullopt;
    Address address;
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        sockaddr_in6 raw{};
        raw.sin6_family = AF_INET6;
        raw.sin6_port = htons(*port);
        if (::inet_pton(AF_INET6, host.c_str(), &raw.sin6_addr) != 1) return std::nullopt;
        std::memcpy(&address.storage_, &raw, sizeof(raw));
        address.length_ = sizeof(raw);
    } else {
        sockaddr_in raw{};
        raw.sin_family = AF_INET;
        raw.sin_port = htons(*port);
        if (::inet_pton(AF_INET, host.c_str(), &raw.sin_addr) != 1) return std::nullopt;
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

}  // namespace eventfwd

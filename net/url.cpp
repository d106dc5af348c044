#include "net/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "core/text/whole_number.h"

namespace eventfwd {
namespace {

constexpr std::size_t kHostBytesMax = 253;  // RFC 1035
constexpr std::size_t kPrefixBytesMax = 1024;

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_host_name(std::string_view host) {
    return !host.empty() && host.size() <= kHostBytesMax && host.front() != '-' &&
           host.front() != '.' && std::ranges::all_of(host, [](char c) {
               return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
           });
}

bool is_address_6(const std::string& host) {
    in6_addr ignored;
    return !host.contains('\0') && ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

bool is_port(std::string_view port) {
    return whole_number<std::uint16_t>(port) && !port.starts_with('0');
}

bool is_path(std::string_view path) {
    return path.size() <= kPrefixBytesMax && std::ranges::all_of(path, [](char c) {
               return is_alphanumeric(c) || std::string_view("/-._~%!$&'()*+,;=:@").contains(c);
           });
}

bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
    Url url;
    if (take(text, "http://")) {
        url.is_tls = false;
    } else if (!take(text, "https://")) {
        return {};
    }
    std::string_view authority = text.substr(0, text.find('/'));
    std::string_view path = text.substr(authority.size());
    if (take(authority, "[")) {
        const std::size_t end = authority.find(']');
        if (end == std::string_view::npos) return {};
        url.host = authority.substr(0, end);
        authority.remove_prefix(end + 1);
        if (!is_address_6(url.host)) return {};
    } else {
        url.host = authority.substr(0, authority.find(':'));
        authority.remove_prefix(url.host.size());
        if (!is_host_name(url.host)) return {};
    }
    url.port = url.is_tls ? "443" : "80";
    if (take(authority, ":")) {
        if (!is_port(authority)) return {};
        url.port = authority;
    } else if (!authority.empty()) {
        return {};
    }
    while (path.ends_with('/'))
        path.remove_suffix(1);
    if (!is_path(path)) return {};
    url.prefix = path;
    return url;
}

std::string Url::authority() const {
    return (host.contains(':') ? "[" + host + "]" : host) + ":" + port;
}

std::string Url::text() const {
    return (is_tls ? "https://" : "http://") + authority() + prefix;
}

std::uint16_t Url::port_number() const {
    return whole_number<std::uint16_t>(port).value_or(0);
}

bool Url::is_loopback() const {
    in_addr address{};
    if (::inet_pton(AF_INET, host.c_str(), &address) == 1) {
        return ntohl(address.s_addr) >> 24 == 127;
    }
    return host == "localhost" || host == "::1";
}

}  // namespace eventfwd

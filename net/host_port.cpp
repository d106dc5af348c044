#include "net/host_port.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/text/whole_number.h"

namespace eventfwd {
namespace {

constexpr std::size_t kHostNameBytesMax = 253;

bool is_host_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

// Takes the host off TEXT, which keeps what stands behind it. False where a bracket is not closed.
bool take_host(std::string_view& text, HostPort& taken) {
    taken.is_bracketed = text.starts_with('[');
    const std::size_t end = text.find(taken.is_bracketed ? ']' : ':');
    if (taken.is_bracketed && end == std::string_view::npos) return false;
    taken.host = taken.is_bracketed ? text.substr(1, end - 1) : text.substr(0, end);
    text.remove_prefix(taken.is_bracketed ? end + 1 : taken.host.size());
    return true;
}

}  // namespace

std::optional<HostPort> HostPort::parse(std::string_view text) {
    HostPort parsed;
    if (!take_host(text, parsed) || parsed.host.empty()) return std::nullopt;
    if (text.empty()) return parsed;
    if (!text.starts_with(':')) return std::nullopt;
    const std::string_view port = text.substr(1);
    if (port.starts_with('0') && port != "0") return std::nullopt;
    parsed.port = whole_number<std::uint16_t>(port);
    return parsed.port ? std::optional(std::move(parsed)) : std::nullopt;
}

std::string HostPort::text() const {
    const std::string shown = host.contains(':') ? "[" + host + "]" : host;
    return port ? fmt::format("{}:{}", shown, *port) : shown;
}

bool is_host_name(std::string_view host) {
    return !host.empty() && host.size() <= kHostNameBytesMax && host.front() != '-' &&
           host.front() != '.' && std::ranges::all_of(host, is_host_byte);
}

std::string_view without_root_dot(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    return host;
}

bool is_ip6(const std::string& host) {
    in6_addr ignored;
    return !host.contains('\0') && ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

}  // namespace eventfwd

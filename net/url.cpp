#include "net/url.h"

#include <algorithm>

#include "net/address.h"
#include "net/host_port.h"

namespace eventfwd {
namespace {

constexpr std::size_t kPrefixBytesMax = 1024;
constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool is_path(std::string_view path) {
    return path.size() <= kPrefixBytesMax && std::ranges::all_of(path, [](char c) {
               const bool is_alphanumeric =
                   (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
               return is_alphanumeric || std::string_view("/-._~%!$&'()*+,;=:@").contains(c);
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
    const std::string_view authority = text.substr(0, text.find('/'));
    std::string_view path = text.substr(authority.size());
    const auto where = HostPort::parse(authority);
    if (!where || where->port == 0) return {};
    if (!(where->is_bracketed ? is_ip6(where->host) : is_host_name(where->host))) return {};
    url.host = where->host;
    url.port = where->port.value_or(url.is_tls ? kHttpsPort : kHttpPort);
    while (path.ends_with('/'))
        path.remove_suffix(1);
    if (!is_path(path)) return {};
    url.prefix = path;
    return url;
}

std::string Url::authority() const {
    return HostPort{std::string(without_root_dot(host)), false, port}.text();
}

std::string Url::text() const {
    return (is_tls ? "https://" : "http://") + HostPort{host, false, port}.text() + prefix;
}

bool Url::is_loopback() const {
    return is_loopback_host(host);
}

}  // namespace eventfwd

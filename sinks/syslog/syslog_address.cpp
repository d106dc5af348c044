#include "sinks/syslog/syslog_address.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

#include "core/text/whole_number.h"
#include "net/host_port.h"

namespace eventfwd {
namespace {

// In the order of Transport.
constexpr std::array<std::string_view, 5> kSchemes{"udp", "tcp", "tls", "unix", "unixgram"};
constexpr std::size_t kPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;

std::unexpected<Error> expected(std::string_view what, std::string_view found) {
    return failure(fmt::format("expected {}, found '{}'", what, found));
}

// fe80::1%eth0 has a zone behind it, which is a name.
bool is_zoned_ip6(const std::string& host) {
    const std::size_t zone = host.find('%');
    return is_ip6(host.substr(0, zone)) &&
           (zone == std::string::npos || is_host_name(std::string_view(host).substr(zone + 1)));
}

Result<SyslogAddress> parse_host_and_port(SyslogAddress address, std::string_view rest) {
    constexpr std::string_view kWanted = "a host and a port, like localhost:514 or [::1]:514";
    const std::size_t colon = rest.rfind(':');
    if (colon == std::string_view::npos) return expected(kWanted, rest);
    const auto where = HostPort::parse(rest.substr(0, colon));
    const bool is_host =
        where && !where->port &&
        (where->is_bracketed ? is_zoned_ip6(where->host) : is_host_name(where->host));
    if (!is_host) return expected(kWanted, rest);
    address.host = where->host;
    const std::string_view port = rest.substr(colon + 1);
    address.port = whole_number<std::uint16_t>(port).value_or(0);
    if (address.port == 0) return expected("a port from 1 to 65535", port);
    return address;
}

Result<SyslogAddress> parse_path(SyslogAddress address, std::string_view path) {
    if (!path.starts_with('/') || path.size() > kPathBytesMax || path.contains('\0')) {
        return expected(
            fmt::format("an absolute path of at most {} bytes, as a socket has", kPathBytesMax),
            path);
    }
    address.path = path;
    return address;
}

}  // namespace

Result<SyslogAddress> SyslogAddress::parse(std::string_view text) {
    constexpr std::string_view kSeparator = "://";
    const std::size_t at = text.find(kSeparator);
    const auto scheme = std::ranges::find(kSchemes, text.substr(0, at));
    if (at == std::string_view::npos || scheme == kSchemes.end()) {
        return expected(
            "udp://host:port, tcp://host:port, tls://host:port, unix:///path or unixgram:///path",
            text);
    }
    SyslogAddress address;
    address.transport = static_cast<Transport>(scheme - kSchemes.begin());
    const std::string_view rest = text.substr(at + kSeparator.size());
    return address.is_unix() ? parse_path(std::move(address), rest)
                             : parse_host_and_port(std::move(address), rest);
}

std::string SyslogAddress::text() const {
    const std::string_view scheme = kSchemes[static_cast<std::size_t>(transport)];
    if (is_unix()) return fmt::format("{}://{}", scheme, path);
    return fmt::format("{}://{}", scheme, HostPort{host, false, port}.text());
}

}  // namespace eventfwd

#include "net/packet_sender.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <cstring>

#include "net/host_port.h"
#include "net/resolver.h"

namespace eventfwd {
namespace {

std::string_view without_prefix(std::string_view text, std::string_view prefix) {
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

bool is_host_and_port(const std::optional<HostPort>& where) {
    return where && where->port &&
           (where->is_bracketed ? is_ip6(where->host) : is_host_name(where->host));
}

std::unexpected<Error> send_failure(const std::string& to, int code) {
    std::string hint;
    if (code == ECONNREFUSED || code == ENOENT) hint = "; is `eventfwd run` running?";
    if (code == EACCES) hint = "; its inputs' mode does not allow this user";
    return failure(fmt::format("send to {}: {}{}", to, error_text(code), hint), code);
}

}  // namespace

Result<PacketSender> PacketSender::open(const std::string& to) {
    if (const auto where = HostPort::parse(without_prefix(to, "udp://")); is_host_and_port(where)) {
        auto addresses = look_up(where->host, *where->port);
        if (!addresses) return failure_while(fmt::format("send to {}", to), addresses.error());
        PacketSender sender(UniqueFd(), to);
        sender.untried_.assign(addresses->rbegin(), addresses->rend());
        if (const int code = sender.connect_next(); code != 0) return send_failure(to, code);
        return sender;
    }
    const std::string_view path = without_prefix(to, "unix://");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!path.contains('/') || path.size() >= sizeof(address.sun_path)) {
        return failure(
            fmt::format("send to '{}': expected an address like 127.0.0.1:8514 or the path of a "
                        "socket",
                        to));
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd ||
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        return send_failure(to, errno);
    }
    return PacketSender(std::move(fd), to);
}

// The errno of what went wrong with the last one, or 0.
int PacketSender::connect_next() {
    int code = ECONNREFUSED;
    while (!untried_.empty()) {
        const Address address = untried_.back();
        untried_.pop_back();
        fd_ = UniqueFd(::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (fd_ && ::connect(fd_.get(), address.raw(), address.length()) == 0) return 0;
        code = errno;
    }
    return code;
}

// The same. IS_REFUSED: by a port that nobody listens on, and nobody has the packet.
int PacketSender::send_once(std::string_view packet, bool& is_refused) {
    while (::send(fd_.get(), packet.data(), packet.size(), MSG_NOSIGNAL) < 0) {
        if (errno != EINTR) return errno;
    }
    // Over loopback the answer of a closed UDP port is there as soon as the packet is sent.
    int code = 0;
    socklen_t length = sizeof(code);
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &code, &length);
    is_refused = code == ECONNREFUSED;
    return code;
}

Result<> PacketSender::send(std::string_view packet) {
    while (true) {
        bool is_refused = false;
        const int code = send_once(packet, is_refused);
        if (code == 0) return {};
        if (!is_refused || connect_next() != 0) return send_failure(to_, code);
    }
}

}  // namespace eventfwd

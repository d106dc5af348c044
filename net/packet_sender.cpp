#include "net/packet_sender.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <cstring>

#include "net/address.h"

namespace eventfwd {
namespace {

std::string_view without_prefix(std::string_view text, std::string_view prefix) {
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

std::unexpected<Error> send_failure(const std::string& to, int code) {
    std::string hint;
    if (code == ECONNREFUSED || code == ENOENT) hint = "; is `eventfwd run` running?";
    if (code == EACCES) hint = "; its inputs' mode does not allow this user";
    return failure(fmt::format("send to {}: {}{}", to, error_text(code), hint), code);
}

}  // namespace

Result<PacketSender> PacketSender::open(const std::string& to) {
    const std::string_view udp = without_prefix(to, "udp://");
    if (const auto address = Address::parse(udp)) {
        UniqueFd fd(::socket(address->family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (!fd || ::connect(fd.get(), address->raw(), address->length()) != 0) {
            return send_failure(to, errno);
        }
        return PacketSender(std::move(fd), to);
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

Result<> PacketSender::send(std::string_view packet) {
    while (::send(fd_.get(), packet.data(), packet.size(), MSG_NOSIGNAL) < 0) {
        if (errno != EINTR) return send_failure(to_, errno);
    }
    // Over loopback the answer of a closed UDP port is there as soon as the packet is sent.
    int code = 0;
    socklen_t length = sizeof(code);
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &code, &length);
    if (code != 0) return send_failure(to_, code);
    return {};
}

}  // namespace eventfwd

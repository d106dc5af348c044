#include "daemon/listen/inherited_sockets.h"

#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdlib>

namespace eventfwd {
namespace {

std::string bound_address(int fd) {
    sockaddr_storage storage{};
    socklen_t length = sizeof(storage);
    auto* const raw = reinterpret_cast<sockaddr*>(&storage);
    if (::getsockname(fd, raw, &length) != 0) return "";
    if (raw->sa_family == AF_UNIX) return reinterpret_cast<const sockaddr_un*>(raw)->sun_path;
    const auto address = Address::of(raw, length);
    return address ? address->text() : "";
}

int socket_type(int fd) {
    int type = 0;
    socklen_t length = sizeof(type);
    ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
    return type;
}

}  // namespace

InheritedSockets InheritedSockets::from_environment() {
    InheritedSockets inherited;
    char** names = nullptr;
    const int count = ::sd_listen_fds_with_names(/*unset_environment=*/1, &names);
    for (int at = 0; at < count; ++at) {
        const int fd = SD_LISTEN_FDS_START + at;
        inherited.sockets_.push_back({UniqueFd(fd), names[at], bound_address(fd), socket_type(fd)});
        std::free(names[at]);
    }
    std::free(names);
    return inherited;
}

std::vector<InheritedSockets::Socket> InheritedSockets::take(
    const std::string& input_name, const std::vector<std::string>& addresses) {
    std::vector<Socket> taken;
    const auto is_meant = [&](const Socket& socket) {
        return socket.type == SOCK_DGRAM &&
               (socket.fd_name == input_name ||
                std::ranges::find(addresses, socket.address) != addresses.end());
    };
    for (Socket& socket : sockets_) {
        if (is_meant(socket)) taken.push_back(std::move(socket));
    }
    std::erase_if(sockets_, [](const Socket& socket) { return !socket.fd; });
    return taken;
}

}  // namespace eventfwd

#include "daemon/service/inherited_sockets.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "core/contains.h"
#include "core/text/whole_number.h"

namespace eventfwd {
namespace {

std::string bound_address(int fd) {
    sockaddr_storage storage{};
    socklen_t length = sizeof(storage);
    auto* const raw = reinterpret_cast<sockaddr*>(&storage);
    if (::getsockname(fd, raw, &length) != 0) return "";
    if (raw->sa_family == AF_UNIX) {
        const auto* const path = reinterpret_cast<const sockaddr_un*>(raw)->sun_path;
        const std::size_t path_bytes = length - offsetof(sockaddr_un, sun_path);
        const bool is_abstract = path_bytes > 1 && path[0] == '\0';
        return is_abstract ? "@" + std::string(path + 1, path_bytes - 1) : path;
    }
    const auto address = Address::of(raw, length);
    return address ? address->text() : "";
}

int socket_type(int fd) {
    int type = 0;
    socklen_t length = sizeof(type);
    ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
    return type;
}

constexpr int kFirstDescriptor = 3;

std::string variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

// How many descriptors were passed to this process and to no other.
int passed_count() {
    if (whole_number<pid_t>(variable("LISTEN_PID")) != ::getpid()) return 0;
    return std::max(0, whole_number<int>(variable("LISTEN_FDS")).value_or(0));
}

}  // namespace

// The protocol of sd_listen_fds(3), which its page invites everybody to speak without libsystemd:
// that would bring five more libraries and a megabyte into every daemon.
InheritedSockets InheritedSockets::from_environment() {
    std::vector<Socket> sockets;
    const int count = passed_count();
    std::string names = variable("LISTEN_FDNAMES");
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        ::unsetenv(name);
    for (int fd = kFirstDescriptor; fd < kFirstDescriptor + count; ++fd) {
        const std::size_t colon = std::min(names.find(':'), names.size());
        const std::string name = names.substr(0, colon);
        names.erase(0, colon + 1);
        if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) continue;  // no descriptor at all
        sockets.push_back({UniqueFd(fd), name, bound_address(fd), socket_type(fd)});
    }
    return InheritedSockets(std::move(sockets));
}

std::vector<InheritedSockets::Socket> InheritedSockets::take(
    const std::string& input_name, const std::vector<std::string>& addresses) {
    return take_if([&](const Socket& socket) {
        return socket.type == SOCK_DGRAM &&
               (socket.fd_name == input_name || contains(addresses, socket.address));
    });
}

std::vector<InheritedSockets::Socket> InheritedSockets::take_datagram_sockets() {
    return take_if(
        [](const Socket& socket) { return socket.type == SOCK_DGRAM && !socket.address.empty(); });
}

template <class IsMeant>
std::vector<InheritedSockets::Socket> InheritedSockets::take_if(IsMeant&& is_meant) {
    std::vector<Socket> taken;
    for (Socket& socket : sockets_) {
        if (is_meant(socket)) taken.push_back(std::move(socket));
    }
    std::erase_if(sockets_, [](const Socket& socket) { return !socket.fd; });
    return taken;
}

InheritedSockets InheritedSockets::duplicate() const {
    std::vector<Socket> others;
    for (const Socket& socket : sockets_) {
        UniqueFd fd(::fcntl(socket.fd.get(), F_DUPFD_CLOEXEC, 0));
        others.push_back({std::move(fd), socket.fd_name, socket.address, socket.type});
    }
    return InheritedSockets(std::move(others));
}

}  // namespace eventfwd

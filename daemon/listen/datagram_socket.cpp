#include "daemon/listen/datagram_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sock_diag.h>
#include <sys/stat.h>

#include <array>

namespace eventfwd {
namespace {

std::string hint_for(int code) {
    if (code == EADDRINUSE) return "; another process has it: stop that one, or listen elsewhere";
    if (code == EACCES) return "; this user may not: run as another, or listen elsewhere";
    return "";
}

int receive_buffer(int fd) {
    int bytes = 0;
    socklen_t length = sizeof(bytes);
    ::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &length);
    return bytes / 2;  // the kernel doubles what it is asked for, for its own book-keeping
}

// What an unprivileged process is granted when it asks for WANTED bytes.
int grantable_receive_buffer(int wanted) {
    const UniqueFd attempt(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ::setsockopt(attempt.get(), SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted));
    return receive_buffer(attempt.get());
}

// Makes the receive buffer WANTED bytes, or as much as this process may. GIVEN was given by systemd
// and can be more than that: then asking would cut it down.
void set_receive_buffer(int fd, int wanted, int given) {
    if (given >= wanted) return;
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof(wanted)) == 0) return;
    if (given >= grantable_receive_buffer(wanted)) return;
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted));
}

// Sets what every datagram socket needs, and finds out what it got.
Result<> set_up(DatagramSocket& socket, std::uint64_t receive_buffer_bytes) {
    const int fd = socket.fd.get();
    const int on = 1;
    if (::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) != 0) {
        return system_failure("ask for timestamps on", socket.name);
    }
    const int given = socket.is_inherited ? receive_buffer(fd) : 0;
    set_receive_buffer(fd, static_cast<int>(receive_buffer_bytes), given);
    socket.receive_buffer_bytes = static_cast<std::uint64_t>(receive_buffer(fd));
    return {};
}

}  // namespace

Result<DatagramSocket> open_udp_socket(const Address& address, std::uint64_t receive_buffer_bytes) {
    const auto failed = [&] {
        const int code = errno;
        return failure(
            fmt::format("listen on udp {}: {}{}", address.text(), error_text(code), hint_for(code)),
            code);
    };
    DatagramSocket socket;
    socket.fd = UniqueFd(::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.fd) return failed();
    socket.name = address.text();
    if (auto set = set_up(socket, receive_buffer_bytes); !set) return std::unexpected(set.error());
    const int on = 1;
    if (address.family() == AF_INET6) {
        ::setsockopt(socket.fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    }
    if (::bind(socket.fd.get(), address.raw(), address.length()) != 0) return failed();
    sockaddr_storage bound{};
    socklen_t length = sizeof(bound);
    ::getsockname(socket.fd.get(), reinterpret_cast<sockaddr*>(&bound), &length);
    socket.name = Address::of(reinterpret_cast<const sockaddr*>(&bound), length)->text();
    return socket;
}

Result<DatagramSocket> open_unix_socket(const std::string& path, mode_t mode,
                                        std::uint64_t receive_buffer_bytes) {
    DatagramSocket socket;
    socket.name = path;
    socket.fd = UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.fd) return system_failure("listen on", path);
    // Before bind: a datagram that is queued before the option is set arrives as nobody.
    const int on = 1;
    if (::setsockopt(socket.fd.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) != 0) {
        return system_failure("ask for credentials on", path);
    }
    if (auto set = set_up(socket, receive_buffer_bytes); !set) return std::unexpected(set.error());
    auto file = bind_socket_file(socket.fd.get(), path, mode);
    if (!file) {
        const auto& [reason, code] = file.error();
        return failure(fmt::format("listen on {}: {}{}", path, reason, hint_for(code)), code);
    }
    socket.file = std::move(*file);
    return socket;
}

Result<DatagramSocket> adopt_socket(UniqueFd fd, std::string name,
                                    std::uint64_t receive_buffer_bytes) {
    DatagramSocket socket;
    socket.fd = std::move(fd);
    socket.name = std::move(name);
    socket.is_inherited = true;
    int family = 0;
    socklen_t length = sizeof(family);
    ::getsockopt(socket.fd.get(), SOL_SOCKET, SO_DOMAIN, &family, &length);
    if (family == AF_UNIX) {
        const int on = 1;
        ::setsockopt(socket.fd.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
        const bool has_file = socket.name.starts_with('/');
        if (has_file) socket.file = SocketFile::of_another(socket.name);
    }
    // NonBlocking= in a unit would turn a sleep in the receiving call into a busy loop.
    ::fcntl(socket.fd.get(), F_SETFL, ::fcntl(socket.fd.get(), F_GETFL) & ~O_NONBLOCK);
    if (auto set = set_up(socket, receive_buffer_bytes); !set) return std::unexpected(set.error());
    return socket;
}

void adjust_socket(DatagramSocket& socket, std::uint64_t receive_buffer_bytes,
                   std::optional<mode_t> mode) {
    // Neither can fail in a way that would be worth losing the socket for.
    [[maybe_unused]] const auto set = set_up(socket, receive_buffer_bytes);
    if (mode && !socket.is_inherited && socket.file.is_in_place()) {
        ::chmod(socket.file.path().c_str(), *mode);
    }
}

void refuse_more(const DatagramSocket& socket) {
    if (socket.is_inherited) return;
    sockaddr_storage bound{};
    socklen_t length = sizeof(bound);
    auto* const raw = reinterpret_cast<sockaddr*>(&bound);
    ::getsockname(socket.fd.get(), raw, &length);
    if (raw->sa_family == AF_UNIX) {
        ::shutdown(socket.fd.get(), SHUT_RD);
    } else {
        // Connected to itself, a UDP socket takes packets from nobody else.
        ::connect(socket.fd.get(), raw, length);
    }
}

std::uint32_t kernel_drops(int fd) {
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t length = sizeof(memory);
    if (::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory.data(), &length) != 0) return 0;
    return memory[SK_MEMINFO_DROPS];
}

std::uint64_t socket_cookie(int fd) {
    std::uint64_t cookie = 0;
    socklen_t length = sizeof(cookie);
    ::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length);
    return cookie;
}

}  // namespace eventfwd

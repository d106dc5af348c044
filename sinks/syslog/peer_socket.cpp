#include "sinks/syslog/peer_socket.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/un.h>

#include <cstring>

#include "core/unique_fd.h"
#include "net/await.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;
using Transport = SyslogAddress::Transport;

// A connection that nobody uses dies silently in firewalls and with its peer's power; the next
// batch should not be the first to find out.
void keep_alive(int fd) {
    const auto set = [fd](int level, int option, int value) {
        ::setsockopt(fd, level, option, &value, sizeof(value));
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 60);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set(IPPROTO_TCP, TCP_KEEPCNT, 6);
    set(IPPROTO_TCP, TCP_NODELAY, 1);  // what is written is a whole batch already
}

}  // namespace

asio::awaitable<Result<>> PeerSocket::connect(const SyslogAddress& address, TimePoint deadline) {
    close();
    if (address.is_unix()) co_return connect_to_path(address);
    const int type = address.is_datagram() ? SOCK_DGRAM : SOCK_STREAM;
    ConnectTarget target{address.host, address.port, type, "connect to " + address.text()};
    auto connected = co_await connector_.connect(std::move(target), deadline);
    if (!connected) co_return std::unexpected(connected.error());
    if (!address.is_datagram()) keep_alive(connected->fd.get());
    co_return adopt(std::move(connected->fd), address);
}

// Never waits: a Unix socket is connected to at once, or not at all.
Result<> PeerSocket::connect_to_path(const SyslogAddress& address) {
    const int type = address.is_datagram() ? SOCK_DGRAM : SOCK_STREAM;
    UniqueFd fd(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return system_failure("connect to", address.text());
    sockaddr_un raw{};
    raw.sun_family = AF_UNIX;
    std::memcpy(raw.sun_path, address.path.data(), address.path.size());
    while (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&raw), sizeof(raw)) != 0) {
        if (errno != EINTR) return system_failure("connect to", address.text());
    }
    return adopt(std::move(fd), address);
}

Result<> PeerSocket::adopt(UniqueFd fd, const SyslogAddress& address) {
    boost::system::error_code error;
    descriptor_.assign(fd.get(), error);
    if (error) return system_failure("connect to", address.text(), error.value());
    fd.release();  // it is the descriptor's
    return {};
}

void PeerSocket::close() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
}

asio::awaitable<void> PeerSocket::wait_readable(TimePoint until) {
    co_await wait(asio::posix::stream_descriptor::wait_read, until);
}

asio::awaitable<void> PeerSocket::wait_writable(TimePoint until) {
    co_await wait(asio::posix::stream_descriptor::wait_write, until);
}

asio::awaitable<void> PeerSocket::wait(asio::posix::stream_descriptor::wait_type what,
                                       TimePoint until) {
    if (is_interrupted_) co_return;
    // The timer can have fired when the wait is over, and must not end the next one.
    const std::uint64_t number = ++waits_;
    timer_.expires_at(until);
    timer_.async_wait([this, number](const boost::system::error_code& error) {
        if (!error && number == waits_) descriptor_.cancel();
    });
    co_await descriptor_.async_wait(what, kToken);
    ++waits_;
    timer_.cancel();
}

asio::awaitable<void> PeerSocket::pause(std::chrono::microseconds duration) {
    if (is_interrupted_) co_return;
    timer_.expires_after(duration);
    co_await timer_.async_wait(kToken);
}

void PeerSocket::interrupt() {
    is_interrupted_ = true;
    connector_.cancel();
    timer_.cancel();
    boost::system::error_code ignored;
    if (descriptor_.is_open()) descriptor_.cancel(ignored);
}

std::size_t PeerSocket::unacknowledged() {
    int bytes = 0;
    if (::ioctl(fd(), SIOCOUTQ, &bytes) != 0 || bytes < 0) return 0;
    return static_cast<std::size_t>(bytes);
}

int PeerSocket::take_error() {
    int error = 0;
    socklen_t length = sizeof(error);
    ::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &length);
    return error;
}

}  // namespace eventfwd

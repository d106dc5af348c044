#include "sinks/syslog/peer_socket.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/un.h>

#include <algorithm>
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

struct PeerSocket::Target {
    sockaddr_storage storage{};
    socklen_t length = 0;

    static Target of(const Address& address) {
        Target target;
        std::memcpy(&target.storage, address.raw(), address.length());
        target.length = address.length();
        return target;
    }
    static Target of(const std::string& path) {
        Target target;
        sockaddr_un raw{};
        raw.sun_family = AF_UNIX;
        std::memcpy(raw.sun_path, path.data(), path.size());
        std::memcpy(&target.storage, &raw, sizeof(raw));
        target.length = sizeof(raw);
        return target;
    }
    const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

asio::awaitable<Result<>> PeerSocket::connect(const SyslogAddress& address, TimePoint deadline) {
    close();
    auto targets = co_await find(address, deadline);
    if (!targets) co_return std::unexpected(targets.error());
    std::ranges::rotate(*targets,
                        targets->begin() + static_cast<std::ptrdiff_t>(first_ % targets->size()));
    const int type = address.is_datagram() ? SOCK_DGRAM : SOCK_STREAM;
    int error = 0;
    auto left = static_cast<std::int64_t>(targets->size());
    for (const Target& target : *targets) {
        // An address that does not answer leaves time for the others.
        const auto now = SteadyClock::now();
        error = co_await connect_to(target, type, now + (deadline - now) / left--);
        if (error == 0 && !address.is_datagram() && !address.is_unix()) keep_alive(fd());
        if (error == 0) co_return Result<>{};
    }
    co_return system_failure("connect to", address.text(), error);
}

asio::awaitable<Result<std::vector<PeerSocket::Target>>> PeerSocket::find(
    const SyslogAddress& address, TimePoint deadline) {
    if (address.is_unix()) co_return std::vector{Target::of(address.path)};
    const auto addresses = co_await resolver_.resolve(address.host, address.port, deadline);
    if (is_interrupted_) co_return failure("look up " + address.host + ": interrupted");
    if (!addresses) co_return std::unexpected(addresses.error());
    std::vector<Target> targets;
    for (const Address& each : *addresses)
        targets.push_back(Target::of(each));
    co_return targets;
}

// The errno of what went wrong, or 0.
asio::awaitable<int> PeerSocket::connect_to(const Target& target, int type, TimePoint deadline) {
    const int fd = ::socket(target.storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) co_return errno;
    boost::system::error_code error;
    descriptor_.assign(fd, error);
    if (error) {
        ::close(fd);
        co_return error.value();
    }
    // Asking again tells what became of it.
    while (::connect(fd, target.raw(), target.length) != 0 && errno != EISCONN) {
        int code = errno;
        const bool is_under_way = code == EINPROGRESS || code == EALREADY || code == EINTR;
        if (is_under_way && is_interrupted_) code = ECANCELED;
        if (is_under_way && SteadyClock::now() >= deadline) code = ETIMEDOUT;
        if (!is_under_way || code == ECANCELED || code == ETIMEDOUT) {
            close();
            co_return code;
        }
        co_await wait_writable(deadline);
    }
    co_return 0;
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
    resolver_.cancel();
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

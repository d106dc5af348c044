#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "sinks/syslog/peer_socket.h"
#include "sinks/syslog/syslog_transport.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;
using TimePoint = PeerSocket::TimePoint;

constexpr std::size_t kAtOnce = 64;  // datagrams for one call of the system
// Nobody tells a UDP sender that the receiver has fallen behind. With the buffer that Linux gives
// by default it has room for about 250 of them, so between calls it is left a moment to read: a
// backlog goes at about 60,000 a second, which rsyslog and syslog-ng follow.
constexpr std::chrono::microseconds kUdpPause = 1ms;
// How soon a device that had no room is asked again: nothing tells when it has.
constexpr std::chrono::microseconds kNoRoomPause = 2ms;

class DatagramTransport final : public SyslogTransport {
  public:
    DatagramTransport(const SyslogPeer& peer, const asio::any_io_executor& executor)
        : peer_(peer), name_(peer.address.text()), socket_(executor) {}

    asio::awaitable<Outcome> send(const SyslogMessages& messages) override;
    void reopen() override { socket_.close(); }
    void interrupt() override { socket_.interrupt(); }
    ConnectionStatus status() const override;

  private:
    int send_some(const SyslogMessages& messages, std::size_t from);
    Outcome give_up(const std::string& reason);
    Outcome give_up_sending(std::size_t sent, std::vector<RefusedLine>& refused, int error);
    bool is_udp() const { return peer_.address.transport == SyslogAddress::Transport::udp; }

    const SyslogPeer peer_;
    const std::string name_;
    PeerSocket socket_;
    std::array<mmsghdr, kAtOnce> headers_{};
    std::array<iovec, kAtOnce> parts_{};
    std::string last_error_;
};

asio::awaitable<Outcome> DatagramTransport::send(const SyslogMessages& messages) {
    socket_.allow();
    if (!socket_.is_open()) {
        const auto connected =
            co_await socket_.connect(peer_.address, SteadyClock::now() + peer_.timeout);
        if (!connected) co_return give_up(connected.error().message);
    }
    // What an earlier datagram met, and nobody could know then.
    if (const int error = socket_.take_error(); error != 0) {
        co_return give_up(fmt::format("send to {}: {}", name_, error_text(error)));
    }
    std::vector<RefusedLine> refused;
    std::size_t sent = 0;  // refused ones among them
    TimePoint progressed_at = SteadyClock::now();
    while (sent < messages.count()) {
        const int done = send_some(messages, sent);
        if (done > 0) {
            sent += static_cast<std::size_t>(done);
            progressed_at = SteadyClock::now();
            if (is_udp() && sent < messages.count()) co_await socket_.pause(kUdpPause);
            continue;
        }
        int error = errno;
        if (error == EMSGSIZE) {
            refused.push_back({sent, "too_large",
                               fmt::format("{} bytes do not go into one datagram to {}",
                                           messages.message(sent).size(), name_)});
            ++sent;
            continue;
        }
        const TimePoint deadline = progressed_at + peer_.timeout;
        const bool can_wait = error == EAGAIN || error == ENOBUFS || error == EINTR;
        if (can_wait && socket_.is_interrupted()) error = ECANCELED;
        if (can_wait && SteadyClock::now() >= deadline) error = ETIMEDOUT;
        if (!can_wait || error == ECANCELED || error == ETIMEDOUT) {
            co_return give_up_sending(sent, refused, error);
        }
        if (error == EAGAIN) co_await socket_.wait_writable(deadline);
        if (error == ENOBUFS) co_await socket_.pause(kNoRoomPause);
    }
    // On this machine the answer of a port that nobody listens on is there already.
    if (const int error = socket_.take_error(); error != 0) {
        co_return give_up_sending(sent, refused, error);
    }
    last_error_.clear();
    Outcome outcome = Outcome::delivered();
    outcome.refused = std::move(refused);
    co_return outcome;
}

// How many messages the kernel took, FROM the first; below 1 see errno.
int DatagramTransport::send_some(const SyslogMessages& messages, std::size_t from) {
    const std::size_t count = std::min(kAtOnce, messages.count() - from);
    for (std::size_t at = 0; at < count; ++at) {
        const std::string_view message = messages.message(from + at);
        parts_[at] = {const_cast<char*>(message.data()), message.size()};
        headers_[at].msg_hdr.msg_iov = &parts_[at];
        headers_[at].msg_hdr.msg_iovlen = 1;
    }
    return ::sendmmsg(socket_.fd(), headers_.data(), static_cast<unsigned>(count),
                      MSG_DONTWAIT | MSG_NOSIGNAL);
}

Outcome DatagramTransport::give_up(const std::string& reason) {
    socket_.leave_address();
    socket_.close();
    last_error_ = reason;
    return Outcome::try_again(reason);
}

// Of the first SENT messages those that the kernel took are settled; but an outcome that is no
// success refuses nothing, so from the first refused one on they come again. A UDP port that
// refuses does not say which datagram it was that it refused: all of this batch come again, and all
// but one of them may have arrived.
Outcome DatagramTransport::give_up_sending(std::size_t sent, std::vector<RefusedLine>& refused,
                                           int error) {
    Outcome outcome = give_up(fmt::format("send to {}: {}", name_, error_text(error)));
    const bool is_refused_by_port = is_udp() && error == ECONNREFUSED;
    const std::size_t first_refused = refused.empty() ? sent : refused.front().index;
    const std::size_t taken = sent - refused.size();
    outcome.settled = is_refused_by_port ? 0 : first_refused;
    outcome.in_doubt = taken - std::min(taken, is_refused_by_port ? 1 : outcome.settled);
    return outcome;
}

ConnectionStatus DatagramTransport::status() const {
    const char* const state = !last_error_.empty() ? "backed off"
                              : socket_.is_open()  ? "open"
                                                   : "not connected";
    return {name_, state, last_error_};
}

}  // namespace

std::unique_ptr<SyslogTransport> make_datagram_transport(const SyslogPeer& peer,
                                                         const asio::any_io_executor& executor) {
    return std::make_unique<DatagramTransport>(peer, executor);
}

}  // namespace eventfwd

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/text/units.h"
#include "sinks/syslog/peer_channel.h"
#include "sinks/syslog/syslog_transport.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;
using TimePoint = PeerSocket::TimePoint;
using Kind = ChannelStep::Kind;

// How soon the kernel is asked again whether everything has arrived: on a local network it has
// after the first, and a peer that is slow is not worth more wake-ups.
constexpr std::chrono::microseconds kFirstPause = 100us;
constexpr std::chrono::microseconds kLongestPause = 20ms;

// A server that turns a client down says so after the handshake (TLS 1.3), or merely hangs up. What
// was written by then would have arrived and be lost, so a new connection is given a moment: twice
// as long as the handshake took, within these.
constexpr std::chrono::microseconds kProbationMin = 250ms;
constexpr std::chrono::microseconds kProbationMax = 2s;

// How far the messages of one send() are.
class Progress {
  public:
    explicit Progress(const SyslogMessages& messages) : messages_(messages) {}

    bool is_written() const { return written == messages_.bytes.size(); }
    bool is_done() const { return arrived == messages_.bytes.size(); }
    std::string_view rest() const { return messages_.bytes.substr(written); }
    // Whole messages that have arrived.
    std::size_t settled() const { return whole_messages(arrived); }
    // Whole messages that have been written and may arrive.
    std::size_t in_doubt() const { return whole_messages(written) - settled(); }

    std::size_t written = 0;  // bytes
    std::size_t arrived = 0;  // bytes

  private:
    std::size_t whole_messages(std::size_t bytes) const {
        const auto end = std::ranges::upper_bound(messages_.ends, bytes);
        return static_cast<std::size_t>(end - messages_.ends.begin());
    }

    const SyslogMessages& messages_;
};

class StreamTransport final : public SyslogTransport {
  public:
    StreamTransport(const SyslogPeer& peer, const asio::any_io_executor& executor)
        : peer_(peer), name_(peer.address.text()), socket_(executor) {}

    asio::awaitable<Outcome> send(const SyslogMessages& messages) override;
    void reopen() override;
    void interrupt() override { socket_.interrupt(); }
    ConnectionStatus status() const override;

  private:
    void close();
    asio::awaitable<Outcome> connect();
    asio::awaitable<Outcome> shake_hands(TimePoint deadline);
    asio::awaitable<Outcome> pass_probation(std::chrono::microseconds duration);
    asio::awaitable<void> wait(Kind what, TimePoint until);
    Result<> open_channel();
    bool update(Progress& progress);
    Outcome break_off(const std::string& reason, bool needs_person = false);
    Outcome break_off(Progress& progress, const std::string& reason, bool needs_person = false);

    const SyslogPeer peer_;
    const std::string name_;
    PeerSocket socket_;
    std::optional<asio::ssl::context> tls_context_;  // of the files, as they were when it was made
    std::unique_ptr<PeerChannel> channel_;           // null: there is no connection
    // Of this connection, before the send at hand. All of it has arrived, or the connection would
    // have been given up.
    std::size_t bytes_before_ = 0;
    std::string last_error_;
};

asio::awaitable<Outcome> StreamTransport::send(const SyslogMessages& messages) {
    socket_.allow();
    // Nothing is under way on a connection that waits for a batch, so nothing is in doubt when the
    // peer has closed it.
    if (channel_ != nullptr && channel_->look().kind == Kind::failed) close();
    if (channel_ == nullptr) {
        Outcome outcome = co_await connect();
        if (outcome.kind != Outcome::Kind::delivered) co_return outcome;
    }
    Progress progress(messages);
    auto progressed_at = SteadyClock::now();
    auto next_pause = kFirstPause;
    while (true) {
        ChannelStep step = channel_->look();
        if (step.kind == Kind::done && !progress.is_written())
            step = channel_->write(progress.rest());
        if (step.kind == Kind::failed) {
            co_return break_off(progress, step.reason, step.needs_person);
        }
        progress.written += step.bytes;
        const bool has_progressed = update(progress) || step.bytes > 0;
        if (progress.is_done()) break;
        if (socket_.is_interrupted()) co_return break_off(progress, "interrupted");
        if (has_progressed) {
            progressed_at = SteadyClock::now();
            next_pause = kFirstPause;
        } else if (SteadyClock::now() >= progressed_at + peer_.timeout) {
            const std::string patience = format_duration(peer_.timeout);
            co_return break_off(progress, "the peer has taken nothing for " + patience);
        }
        if (progress.is_written()) {
            co_await socket_.pause(std::min(next_pause, peer_.timeout));
            next_pause = std::min(next_pause * 2, kLongestPause);
        } else {
            co_await wait(step.kind, progressed_at + peer_.timeout);
        }
    }
    bytes_before_ += progress.written;
    last_error_.clear();
    co_return Outcome::delivered();
}

// Whether more has arrived.
bool StreamTransport::update(Progress& progress) {
    const std::size_t before = progress.arrived;
    const std::size_t arrived =
        channel_->arrived(bytes_before_ + progress.written, bytes_before_ + progress.arrived);
    progress.arrived = arrived - bytes_before_;
    return progress.arrived > before;
}

asio::awaitable<void> StreamTransport::wait(Kind what, TimePoint until) {
    if (what == Kind::wait_writable) co_await socket_.wait_writable(until);
    if (what == Kind::wait_readable) co_await socket_.wait_readable(until);
}

asio::awaitable<Outcome> StreamTransport::connect() {
    const TimePoint deadline = SteadyClock::now() + peer_.timeout;
    const auto connected = co_await socket_.connect(peer_.address, deadline);
    if (!connected) co_return break_off(connected.error().message);
    // Files that do not do were there when the configuration was read.
    if (const auto opened = open_channel(); !opened) {
        co_return break_off(opened.error().message, true);
    }
    bytes_before_ = 0;
    co_return co_await shake_hands(deadline);
}

Result<> StreamTransport::open_channel() {
    if (peer_.address.transport != SyslogAddress::Transport::tls) {
        channel_ = make_plain_channel(socket_, peer_.address.is_unix());
        return {};
    }
    if (!tls_context_) {
        auto context = make_tls_context(peer_.tls);
        if (!context) return std::unexpected(context.error());
        tls_context_ = std::move(*context);
    }
    auto channel = make_tls_channel(socket_, *tls_context_, peer_.address.host, peer_.tls);
    if (!channel) return std::unexpected(channel.error());
    channel_ = std::move(*channel);
    return {};
}

asio::awaitable<Outcome> StreamTransport::shake_hands(TimePoint deadline) {
    const TimePoint begun_at = SteadyClock::now();
    while (true) {
        const ChannelStep step = channel_->handshake();
        if (step.kind == Kind::done) break;
        std::string reason = step.reason;
        if (socket_.is_interrupted()) reason = "interrupted";
        if (SteadyClock::now() >= deadline) reason = error_text(ETIMEDOUT);
        if (!reason.empty()) {
            reason = fmt::format("connect to {}: {}", name_, reason);
            co_return break_off(reason, step.needs_person);
        }
        co_await wait(step.kind, deadline);
    }
    if (!channel_->can_be_turned_down()) co_return Outcome::delivered();
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begun_at);
    co_return co_await pass_probation(std::clamp(2 * took, kProbationMin, kProbationMax));
}

asio::awaitable<Outcome> StreamTransport::pass_probation(std::chrono::microseconds duration) {
    const TimePoint until = SteadyClock::now() + duration;
    while (SteadyClock::now() < until && !socket_.is_interrupted()) {
        co_await socket_.wait_readable(until);
        const ChannelStep step = channel_->look();
        if (step.kind != Kind::failed) continue;
        const std::string reason = fmt::format(
            "connect to {}: {} right after the handshake; it may not take this client's "
            "certificate",
            name_, step.reason);
        co_return break_off(reason, step.needs_person);
    }
    co_return Outcome::delivered();
}

Outcome StreamTransport::break_off(const std::string& reason, bool needs_person) {
    socket_.leave_address();
    close();
    if (needs_person) tls_context_.reset();  // the files may be others soon
    last_error_ = reason;
    return needs_person ? Outcome::hold(reason) : Outcome::try_again(reason);
}

// In the middle of a send: what has arrived does not come again, what was written may be doubled. A
// server that turned this client down has taken nothing, whatever its kernel did.
Outcome StreamTransport::break_off(Progress& progress, const std::string& reason,
                                   bool needs_person) {
    update(progress);
    Outcome outcome = break_off(fmt::format("send to {}: {}", name_, reason), needs_person);
    if (needs_person) return outcome;
    if (progress.is_done()) {
        last_error_.clear();
        return Outcome::delivered();
    }
    outcome.settled = progress.settled();
    outcome.in_doubt = progress.in_doubt();
    return outcome;
}

void StreamTransport::reopen() {
    close();
    tls_context_.reset();
}

void StreamTransport::close() {
    channel_.reset();  // TLS says good-bye
    socket_.close();
}

ConnectionStatus StreamTransport::status() const {
    const char* const state = channel_ != nullptr   ? "connected"
                              : last_error_.empty() ? "not connected"
                                                    : "backed off";
    return {name_, state, last_error_};
}

}  // namespace

std::unique_ptr<SyslogTransport> make_stream_transport(const SyslogPeer& peer,
                                                       const asio::any_io_executor& executor) {
    return std::make_unique<StreamTransport>(peer, executor);
}

}  // namespace eventfwd

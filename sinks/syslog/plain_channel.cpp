#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "sinks/syslog/peer_channel.h"

namespace eventfwd {
namespace {

constexpr std::string_view kClosedByPeer = "the peer has closed the connection";

class PlainChannel final : public PeerChannel {
  public:
    PlainChannel(PeerSocket& socket, bool is_unix) : socket_(socket), is_unix_(is_unix) {}

    ChannelStep handshake() override { return ChannelStep::done(); }

    ChannelStep write(std::string_view bytes) override {
        const ssize_t written =
            ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (written >= 0) return ChannelStep::done(static_cast<std::size_t>(written));
        if (errno == EINTR) return ChannelStep::done();
        if (errno == EAGAIN) return ChannelStep::wait(ChannelStep::Kind::wait_writable);
        return fail();
    }

    ChannelStep look() override {
        std::array<char, 4096> ignored{};
        while (true) {
            const ssize_t read = ::recv(socket_.fd(), ignored.data(), ignored.size(), MSG_DONTWAIT);
            if (read == 0) return ChannelStep::failed(std::string(kClosedByPeer));
            if (read < 0 && errno == EAGAIN) return ChannelStep::done();
            if (read < 0 && errno != EINTR) return fail();
        }
    }

    std::size_t arrived(std::size_t written, std::size_t before) override {
        const std::size_t queued = socket_.unacknowledged();
        if (!is_unix_) return std::max(before, written - std::min(written, queued));
        if (queued > 0 || has_failed_) return before;
        // A queue is empty, too, when the peer has died without reading it; the error that tells
        // is set before that.
        has_failed_ = socket_.take_error() != 0;
        return has_failed_ ? before : written;
    }

  private:
    ChannelStep fail() {
        has_failed_ = true;
        return ChannelStep::failed(error_text(errno));
    }

    PeerSocket& socket_;
    const bool is_unix_;
    bool has_failed_ = false;
};

}  // namespace

std::unique_ptr<PeerChannel> make_plain_channel(PeerSocket& socket, bool is_unix) {
    return std::make_unique<PlainChannel>(socket, is_unix);
}

}  // namespace eventfwd

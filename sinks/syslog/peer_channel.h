// How bytes go over a connected stream, without blocking: as they are, or through TLS. And what can
// be known of their arrival: the peer says nothing, so it is the kernel that is asked.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/tls.h"
#include "sinks/syslog/peer_socket.h"

namespace eventfwd {

// What came of an attempt.
struct ChannelStep {
    enum class Kind {
        done,
        wait_readable,  // nothing happened; try again when the socket is
        wait_writable,  // the same
        failed,         // the connection is of no more use
    };
    Kind kind = Kind::done;
    std::size_t bytes = 0;      // of done, where something was written
    std::string reason;         // of failed
    bool needs_person = false;  // of failed: one side does not trust the other's certificate

    static ChannelStep done(std::size_t bytes = 0) { return {Kind::done, bytes, {}, false}; }
    static ChannelStep wait(Kind what) { return {what, 0, {}, false}; }
    static ChannelStep failed(std::string reason, bool needs_person = false) {
        return {Kind::failed, 0, std::move(reason), needs_person};
    }
};

// Of one connection; gone before its socket is closed.
class PeerChannel {
  public:
    virtual ~PeerChannel() = default;

    // Until it is done, before anything else.
    virtual ChannelStep handshake() = 0;
    // Writes some of BYTES. After a wait it is tried with the same bytes again.
    virtual ChannelStep write(std::string_view bytes) = 0;
    // Failed where the peer has gone or is about to. What it may send is thrown away.
    virtual ChannelStep look() = 0;
    // How many of the WRITTEN bytes of this connection have surely arrived, where BEFORE had when
    // it was last asked.
    virtual std::size_t arrived(std::size_t written, std::size_t before) = 0;
    // Whether the peer may still turn this client down after the handshake.
    virtual bool can_be_turned_down() const { return false; }
};

// SOCKET outlives the channel. Over TCP, each byte that the peer's kernel acknowledged has arrived;
// over a Unix socket, all of them when the peer has read everything, and none before.
std::unique_ptr<PeerChannel> make_plain_channel(PeerSocket& socket, bool is_unix);

// The queue of the kernel holds what was encrypted, so all that was written has arrived when it is
// empty, and nothing is known before. HOST is who must be there; CONTEXT was made of OPTIONS.
Result<std::unique_ptr<PeerChannel>> make_tls_channel(PeerSocket& socket,
                                                      boost::asio::ssl::context& context,
                                                      const std::string& host,
                                                      const TlsOptions& options);

}  // namespace eventfwd

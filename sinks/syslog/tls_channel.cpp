#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <boost/asio/ssl/error.hpp>

#include "sinks/syslog/peer_channel.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using Kind = ChannelStep::Kind;

struct FreeSsl {
    void operator()(SSL* connection) const { SSL_free(connection); }
};
using Connection = std::unique_ptr<SSL, FreeSsl>;

class TlsChannel final : public PeerChannel {
  public:
    TlsChannel(PeerSocket& socket, Connection connection)
        : socket_(socket), connection_(std::move(connection)) {}
    ~TlsChannel() override {
        // Says good-bye where there is room for it; nobody waits for an answer.
        ERR_clear_error();
        if (is_open_) SSL_shutdown(connection_.get());
        ERR_clear_error();
    }

    ChannelStep handshake() override {
        ERR_clear_error();
        const int done = SSL_connect(connection_.get());
        is_open_ = done == 1;
        return is_open_ ? ChannelStep::done() : step_of(done);
    }

    ChannelStep write(std::string_view bytes) override {
        ERR_clear_error();
        std::size_t written = 0;
        const int done = SSL_write_ex(connection_.get(), bytes.data(), bytes.size(), &written);
        return done == 1 ? ChannelStep::done(written) : step_of(done);
    }

    // Reads what TLS itself has to say, above all its alerts.
    ChannelStep look() override {
        std::array<char, 4096> ignored{};
        while (true) {
            ERR_clear_error();
            std::size_t read = 0;
            const int done = SSL_read_ex(connection_.get(), ignored.data(), ignored.size(), &read);
            if (done == 1) continue;
            ChannelStep step = step_of(done);
            return step.kind == Kind::failed ? step : ChannelStep::done();
        }
    }

    std::size_t arrived(std::size_t written, std::size_t before) override {
        return socket_.unacknowledged() == 0 ? written : before;
    }

    bool can_be_turned_down() const override { return true; }

  private:
    ChannelStep step_of(int done) {
        const int system_error = errno;
        switch (SSL_get_error(connection_.get(), done)) {
            case SSL_ERROR_WANT_READ:
                return ChannelStep::wait(Kind::wait_readable);
            case SSL_ERROR_WANT_WRITE:
                return ChannelStep::wait(Kind::wait_writable);
            case SSL_ERROR_ZERO_RETURN:
                return ChannelStep::failed("the peer has closed the connection");
            case SSL_ERROR_SYSCALL:
                is_open_ = false;
                return ChannelStep::failed(system_error == 0 ? "the peer has closed the connection"
                                                             : error_text(system_error));
            default:
                is_open_ = false;
                return explain();
        }
    }

    ChannelStep explain() {
        const boost::system::error_code error(static_cast<int>(ERR_get_error()),
                                              asio::error::get_ssl_category());
        const HandshakeFailure failure = explain_handshake(connection_.get(), error);
        return ChannelStep::failed("TLS: " + failure.text, failure.is_certificate);
    }

    PeerSocket& socket_;
    Connection connection_;
    bool is_open_ = false;  // after a fatal error nothing may be said any more
};

}  // namespace

Result<std::unique_ptr<PeerChannel>> make_tls_channel(PeerSocket& socket,
                                                      asio::ssl::context& context,
                                                      const std::string& host,
                                                      const TlsOptions& options) {
    Connection connection(SSL_new(context.native_handle()));
    if (connection == nullptr || SSL_set_fd(connection.get(), socket.fd()) != 1) {
        return failure("make a TLS connection: out of memory");
    }
    // A piece that has gone counts at once, and the rest may be anywhere when it is tried again.
    SSL_set_mode(connection.get(),
                 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (auto expected = expect_peer(connection.get(), host, options); !expected) {
        return std::unexpected(expected.error());
    }
    return std::make_unique<TlsChannel>(socket, std::move(connection));
}

}  // namespace eventfwd

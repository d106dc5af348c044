// One connection to one HEC: opened when it is needed and kept alive, with a channel, the
// balancer's cookies and the acknowledgements that are waited for. It gets old, so that balancers
// can spread what comes over it, and the host's name is asked again each time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "core/result.h"
#include "net/cookies.h"
#include "net/resolver.h"
#include "sinks/hec/hec_acks.h"
#include "sinks/hec/hec_options.h"
#include "sinks/hec/hec_response.h"

namespace eventfwd {

// What all connections of a sink have in common.
struct HecTransport {
    HecSinkOptions options;
    std::string token;
    std::shared_ptr<boost::asio::ssl::context> tls;  // null until it is needed
    std::mt19937_64 random{std::random_device{}()};
};

struct HecRequest {
    enum class What { events, acknowledgements };
    What what = What::events;
    std::string_view body;
    bool is_gzip = false;
};

// How a request ended.
struct HecExchange {
    enum class End {
        answered,
        not_connected,  // no byte of it was sent
        not_written,    // it broke before all of it was out: it was certainly not taken
        no_answer,      // all of it was out, and no whole answer came: nobody knows
    };
    End end = End::not_connected;
    std::string error;            // in words, unless it was answered
    bool is_certificate = false;  // the error is that one side does not trust the other
    bool may_be_doubled = false;  // it was sent twice, and the first time all of it was out
    HecResponse response;         // if it was answered
};

// Used on one thread, for one exchange at a time.
class HecConnection {
  public:
    // URL and TRANSPORT outlive the connection.
    HecConnection(const Url& url, HecTransport& transport);

    // Connects where that is needed. Where a connection that was kept alive turns out to have been
    // closed by the peer, REQUEST is sent once more over a new one.
    boost::asio::awaitable<HecExchange> exchange(HecRequest request);
    void close();
    // Whatever is under way fails, and nothing is connected any more.
    void abandon();

    HecAcks& acks() { return acks_; }
    const Url& url() const { return url_; }
    bool is_open() const { return tcp_ != nullptr; }
    // Too old for more batches, and open for the acknowledgements of others alone.
    bool is_retiring() const { return is_open() && is_old() && acks_.is_waiting(); }
    bool is_connecting() const { return is_connecting_; }
    const std::string& last_error() const { return last_error_; }

  private:
    using TcpStream = boost::beast::tcp_stream;
    using TlsStream = boost::asio::ssl::stream<TcpStream>;
    using SteadyClock = std::chrono::steady_clock;

    boost::asio::awaitable<HecExchange> exchange_once(HecRequest request);
    boost::asio::awaitable<Result<>> connect(HecExchange& exchange);
    boost::asio::awaitable<Result<>> shake_hands(HecExchange& exchange);
    template <class Stream>
    boost::asio::awaitable<void> converse(Stream& stream, HecRequest request,
                                          HecExchange& exchange);
    template <class Stream>
    boost::asio::awaitable<boost::system::error_code> read_answer(Stream& stream,
                                                                  HecExchange& exchange,
                                                                  bool& has_received);
    std::string head(const HecRequest& request) const;
    bool is_usable();
    bool is_old() const { return SteadyClock::now() >= expires_at_; }
    void begin_session();

    const Url& url_;
    HecTransport& transport_;
    Resolver resolver_;
    std::unique_ptr<TlsStream> tls_;      // of an https URL
    std::unique_ptr<TcpStream> plain_;    // of an http URL
    TcpStream* tcp_ = nullptr;            // below either; null: not open
    boost::beast::flat_buffer buffer_;    // read and not used yet
    SteadyClock::time_point expires_at_;  // when it is too old
    std::string channel_;
    Cookies cookies_;
    HecAcks acks_;
    std::string last_error_;
    bool is_connecting_ = false;
    bool is_abandoned_ = false;
    bool has_peer_left_ = false;  // without a byte of an answer, in the last exchange
    bool keeps_alive_ = false;
};

}  // namespace eventfwd

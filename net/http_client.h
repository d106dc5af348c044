// One HTTP connection to one URL, plain or TLS: opened, used for one exchange after the other, and
// closed. What is sent is the caller's, head and body as they are; what comes back is read by
// Beast.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "net/connector.h"
#include "net/http_answer.h"
#include "net/tls.h"
#include "net/url.h"

namespace eventfwd {

struct HttpClientOptions {
    std::chrono::microseconds timeout = std::chrono::seconds(30);  // of a connect, of an exchange
    std::size_t body_bytes_max = 64 * 1024;                        // of an answer
    TlsOptions tls;
};

// Used on one thread, for one call at a time.
class HttpClient {
  public:
    // URL outlives the client.
    HttpClient(const Url& url, HttpClientOptions options);

    // Looks the host up anew, connects to one of its addresses and, over https, shakes hands with
    // CONTEXT. An address that gave no answer the last time is tried last. Ends as answered, with
    // an empty answer, or as not_connected.
    boost::asio::awaitable<HttpExchange> connect(
        const std::shared_ptr<boost::asio::ssl::context>& context);
    // Sends HEAD, whole with its empty line, and BODY, and reads the answer. There must be a
    // connection; it is closed behind an exchange that cannot be followed by another.
    boost::asio::awaitable<HttpExchange> exchange(std::string_view head, std::string_view body);

    // Of the calls that follow.
    void set_timeout(std::chrono::microseconds timeout) { options_.timeout = timeout; }
    void close();
    // What is under way fails, and nothing is connected any more.
    void abandon();
    bool is_abandoned() const { return is_abandoned_; }

    bool is_open() const { return tcp_ != nullptr; }
    // Whether it is open, and the peer says nothing: what it says without being asked is that it
    // goes.
    bool is_silent() const;
    // Whether the peer closed the connection without a byte of an answer, in the last exchange.
    bool has_peer_left() const { return has_peer_left_; }

  private:
    using TcpStream = boost::beast::tcp_stream;
    using TlsStream = boost::asio::ssl::stream<TcpStream>;

    boost::asio::awaitable<Result<>> open(boost::asio::ssl::context* context,
                                          HttpExchange& exchange);
    boost::asio::awaitable<Result<>> shake_hands(HttpExchange& exchange);
    template <class Stream>
    boost::asio::awaitable<void> converse(Stream& stream, std::string_view head,
                                          std::string_view body, HttpExchange& exchange);
    template <class Stream>
    boost::asio::awaitable<boost::system::error_code> read_status_line(Stream& stream,
                                                                       bool& has_received);
    template <class Stream>
    boost::asio::awaitable<boost::system::error_code> read_answer(Stream& stream,
                                                                  HttpExchange& exchange,
                                                                  bool& has_received);

    const Url& url_;
    HttpClientOptions options_;
    Connector connector_;
    std::shared_ptr<boost::asio::ssl::context> context_;  // that tls_ was made with
    std::unique_ptr<TlsStream> tls_;                      // of an https URL
    std::unique_ptr<TcpStream> plain_;                    // of an http URL
    TcpStream* tcp_ = nullptr;                            // below either; null: not open
    boost::beast::flat_buffer buffer_;                    // read and not used yet
    bool is_abandoned_ = false;
    bool has_peer_left_ = false;
    bool keeps_alive_ = false;
};

}  // namespace eventfwd

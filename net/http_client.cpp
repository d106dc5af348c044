#include "net/http_client.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstring>

#include "net/await.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::uint32_t kHeaderBytesMax = 16 * 1024;
constexpr int kInterimAnswersMax = 8;
constexpr std::string_view kStatusLine = "HTTP/1.1 200";  // what the parser wants a space behind
constexpr std::size_t kReadBytes = 4096;
// How long is listened for the reason of a peer that would not take all of a request.
constexpr auto kLastWordsPatience = 1s;

std::string words_for(const error_code& error) {
    if (error == boost::beast::error::timeout) return "no answer in time";
    if (error == http::error::end_of_stream || error == http::error::partial_message ||
        error == asio::error::eof) {
        return "the connection was closed before an answer came";
    }
    if (error == asio::error::operation_aborted) return "given up";
    return error.message();
}

// Some servers leave out the space in front of an empty reason phrase (RFC 9112, section 4, wants
// it), and the parser would take their answer for none. BUFFER holds more than a status.
void add_missing_space(boost::beast::flat_buffer& buffer) {
    const std::size_t size = buffer.size();
    const auto* const begin = static_cast<const char*>(buffer.cdata().data());
    const std::string_view text(begin, size);
    if (!text.starts_with("HTTP/") || text[kStatusLine.size()] != '\r') return;
    buffer.prepare(1);
    buffer.commit(1);
    char* const at = static_cast<char*>(buffer.data().data()) + kStatusLine.size();
    std::memmove(at + 1, at, size - kStatusLine.size());
    *at = ' ';
}

// Whether ERROR says that the peer, and not a clock of ours, ended the connection.
bool is_break(const error_code& error) {
    return error != boost::beast::error::timeout && error != asio::error::operation_aborted;
}

}  // namespace

HttpClient::HttpClient(const Url& url, HttpClientOptions options)
    : url_(url), options_(std::move(options)) {}

void HttpClient::close() {
    if (tcp_ != nullptr) tcp_->close();
    tcp_ = nullptr;
}

void HttpClient::abandon() {
    is_abandoned_ = true;
    connector_.cancel();
    // Those who wait for it are still within the stream, and put it away themselves.
    if (tls_ != nullptr) tls_->next_layer().close();
    if (plain_ != nullptr) plain_->close();
}

bool HttpClient::is_silent() const {
    if (!is_open()) return false;
    char unasked = 0;
    const int socket = tcp_->socket().native_handle();
    return ::recv(socket, &unasked, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

asio::awaitable<HttpExchange> HttpClient::connect(
    const std::shared_ptr<asio::ssl::context>& context) {
    HttpExchange exchange;
    close();
    tls_.reset();
    plain_.reset();
    context_ = context;
    const auto opened = co_await open(context_.get(), exchange);
    if (opened) {
        exchange.end = HttpExchange::End::answered;
    } else {
        exchange.error = opened.error().message;
        close();
    }
    co_return exchange;
}

asio::awaitable<Result<>> HttpClient::open(asio::ssl::context* context, HttpExchange& exchange) {
    if (is_abandoned_) co_return failure("given up");
    const auto deadline = std::chrono::steady_clock::now() + options_.timeout;
    ConnectTarget target{url_.host, url_.port, SOCK_STREAM, "connect"};
    auto connected = co_await connector_.connect(std::move(target), deadline);
    if (is_abandoned_) co_return failure("given up");
    if (!connected) co_return std::unexpected(connected.error());
    const auto executor = co_await asio::this_coro::executor;
    if (url_.is_tls) {
        tls_ = std::make_unique<TlsStream>(TcpStream(executor), *context);
        tcp_ = &tls_->next_layer();
    } else {
        plain_ = std::make_unique<TcpStream>(executor);
        tcp_ = plain_.get();
    }
    TcpStream& tcp = *tcp_;
    tcp.expires_at(deadline);
    error_code error;
    const auto protocol =
        connected->address.family() == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4();
    tcp.socket().assign(protocol, connected->fd.get(), error);
    if (error) co_return failure(fmt::format("connect: {}", error.message()));
    connected->fd.release();  // it is the stream's
    tcp.socket().set_option(asio::ip::tcp::no_delay(true), error);
    if (url_.is_tls) {
        const auto shaken = co_await shake_hands(exchange);
        if (!shaken) connector_.leave_address();
        if (!shaken) co_return shaken;
    }
    buffer_.clear();
    co_return Result<>{};
}

asio::awaitable<Result<>> HttpClient::shake_hands(HttpExchange& exchange) {
    SSL* const connection = tls_->native_handle();
    if (auto expected = expect_peer(connection, url_.host, options_.tls); !expected) {
        co_return expected;
    }
    const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kToken);
    if (!error) co_return Result<>{};
    if (error == boost::beast::error::timeout) {
        co_return failure("TLS handshake: no answer in time");
    }
    const HandshakeFailure why = explain_handshake(connection, error);
    exchange.is_certificate = why.is_certificate;
    co_return failure(fmt::format("TLS handshake: {}", why.text));
}

asio::awaitable<HttpExchange> HttpClient::exchange(std::string_view head, std::string_view body) {
    HttpExchange exchange;
    has_peer_left_ = false;
    keeps_alive_ = false;
    if (url_.is_tls) {
        co_await converse(*tls_, head, body, exchange);
    } else {
        co_await converse(*plain_, head, body, exchange);
    }
    if (exchange.end != HttpExchange::End::answered) connector_.leave_address();
    if (!keeps_alive_) close();
    co_return exchange;
}

template <class Stream>
asio::awaitable<void> HttpClient::converse(Stream& stream, std::string_view head,
                                           std::string_view body, HttpExchange& exchange) {
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(body)};
    TcpStream& tcp = *tcp_;
    tcp.expires_after(options_.timeout);
    const auto [broken, written] = co_await asio::async_write(stream, parts, kToken);
    exchange.end = broken ? HttpExchange::End::not_written : HttpExchange::End::no_answer;
    if (broken) {
        exchange.error = fmt::format("send: {}", words_for(broken));
        if (!is_break(broken)) co_return;
        tcp.expires_after(kLastWordsPatience);
    }
    bool has_received = false;
    const error_code error = co_await read_answer(stream, exchange, has_received);
    if (!error) {
        if (broken) keeps_alive_ = false;
        // That all is well cannot be said of what has not been heard out.
        if (broken && exchange.answer.status / 100 == 2) co_return;
        exchange.end = HttpExchange::End::answered;
        exchange.error.clear();
        co_return;
    }
    if (is_certificate_error(error)) {  // of a handshake that is not over for the server
        exchange.end = HttpExchange::End::not_connected;
        exchange.is_certificate = true;
        exchange.error = fmt::format("TLS handshake: {}", error.message());
        co_return;
    }
    has_peer_left_ = !has_received && (broken || is_break(error));
    if (!broken) exchange.error = words_for(error);
}

// Reads so much that it can be seen whether the status line has a space behind its status.
template <class Stream>
asio::awaitable<error_code> HttpClient::read_status_line(Stream& stream, bool& has_received) {
    while (buffer_.size() <= kStatusLine.size()) {
        const auto room = buffer_.prepare(kReadBytes);
        const auto [error, size] = co_await stream.async_read_some(room, kToken);
        if (error) co_return error;
        buffer_.commit(size);
        has_received = true;
    }
    add_missing_space(buffer_);
    co_return error_code();
}

// Reads one answer, but for those in between (1xx). A body that is too large is cut: its status
// says enough, and the connection cannot be used any more.
template <class Stream>
asio::awaitable<error_code> HttpClient::read_answer(Stream& stream, HttpExchange& exchange,
                                                    bool& has_received) {
    for (int interim = 0; interim < kInterimAnswersMax; ++interim) {
        const error_code broken = co_await read_status_line(stream, has_received);
        if (broken) co_return broken;
        http::response_parser<http::string_body> parser;
        parser.header_limit(kHeaderBytesMax);
        parser.body_limit(options_.body_bytes_max);
        const auto [error, size] = co_await http::async_read(stream, buffer_, parser, kToken);
        const bool is_cut = error == http::error::body_limit && parser.is_header_done();
        // A body without a length ends with the connection. Without a word of TLS that is not sure
        // to be its end; but whether JSON is whole can be seen.
        const bool is_ended = error == asio::ssl::error::stream_truncated &&
                              parser.is_header_done() && parser.need_eof();
        if (error && !is_cut && !is_ended) co_return error;
        const auto& answer = parser.get();
        if (answer.result_int() < 200) continue;
        exchange.answer.status = answer.result_int();
        exchange.answer.retry_after = answer[http::field::retry_after];
        exchange.answer.body = is_cut ? std::string() : answer.body();
        for (const auto& header : answer) {
            if (header.name() == http::field::set_cookie) {
                exchange.answer.set_cookies.emplace_back(header.value());
            }
        }
        keeps_alive_ = !is_cut && parser.keep_alive() && buffer_.size() == 0;
        co_return error_code();
    }
    co_return http::error::unexpected_body;
}

}  // namespace eventfwd

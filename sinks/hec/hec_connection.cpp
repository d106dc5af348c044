#include "sinks/hec/hec_connection.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/await.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::uint32_t kHeaderBytesMax = 16 * 1024;
constexpr int kInterimAnswersMax = 8;
// How long is listened for the reason of a peer that would not take all of a request.
constexpr auto kLastWordsPatience = 1s;

// A version 4 UUID (RFC 9562, section 5.4), in Splunk's capitals.
std::string make_channel(std::mt19937_64& random) {
    const std::uint64_t high = random();
    const std::uint64_t low = random();
    return fmt::format("{:08X}-{:04X}-4{:03X}-{:04X}-{:012X}", high >> 32, (high >> 16) & 0xFFFF,
                       high & 0x0FFF, 0x8000 | ((low >> 48) & 0x3FFF), low & 0xFFFFFFFFFFFF);
}

std::string words_for(const error_code& error) {
    if (error == boost::beast::error::timeout) return "no answer in time";
    if (error == http::error::end_of_stream || error == http::error::partial_message ||
        error == asio::error::eof) {
        return "the connection was closed before an answer came";
    }
    if (error == asio::error::operation_aborted) return "given up";
    return error.message();
}

// Whether ERROR says that the peer, and not a clock of ours, ended the connection.
bool is_break(const error_code& error) {
    return error != boost::beast::error::timeout && error != asio::error::operation_aborted;
}

}  // namespace

HecConnection::HecConnection(const Url& url, HecTransport& transport)
    : url_(url), transport_(transport), channel_(make_channel(transport.random)) {}

void HecConnection::close() {
    if (tcp_ != nullptr) tcp_->close();
    tcp_ = nullptr;
}

void HecConnection::abandon() {
    is_abandoned_ = true;
    resolver_.cancel();
    // Those who wait for it are still within the stream, and put it away themselves.
    if (tls_ != nullptr) tls_->next_layer().close();
    if (plain_ != nullptr) plain_->close();
}

// Open, young enough, and silent: what a peer says without being asked is that it goes.
bool HecConnection::is_usable() {
    if (!is_open()) return false;
    if (is_old() && !acks_.is_waiting()) return false;
    char unasked = 0;
    const int socket = tcp_->socket().native_handle();
    return ::recv(socket, &unasked, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

asio::awaitable<HecExchange> HecConnection::exchange(HecRequest request) {
    const bool was_open = is_usable();
    if (!was_open) close();
    HecExchange first = co_await exchange_once(request);
    if (!was_open || !has_peer_left_ || is_abandoned_) co_return first;
    HecExchange second = co_await exchange_once(request);
    second.may_be_doubled = first.end == HecExchange::End::no_answer;
    co_return second;
}

asio::awaitable<HecExchange> HecConnection::exchange_once(HecRequest request) {
    HecExchange exchange;
    has_peer_left_ = false;
    if (!is_open()) {
        is_connecting_ = true;
        const auto connected = co_await connect(exchange);
        is_connecting_ = false;
        if (!connected) {
            last_error_ = exchange.error = connected.error().message;
            close();
            co_return exchange;
        }
    }
    if (acks_.is_confused()) begin_session();
    keeps_alive_ = false;
    if (url_.is_tls) {
        co_await converse(*tls_, request, exchange);
    } else {
        co_await converse(*plain_, request, exchange);
    }
    if (!keeps_alive_) close();
    last_error_ = exchange.error;
    co_return exchange;
}

asio::awaitable<Result<>> HecConnection::connect(HecExchange& exchange) {
    if (is_abandoned_) co_return failure("given up");
    const auto timeout = transport_.options.timeout;
    const auto addresses = co_await resolver_.resolve(url_.host, url_.port_number(), timeout);
    if (!addresses) co_return std::unexpected(addresses.error());
    if (is_abandoned_) co_return failure("given up");
    const auto executor = co_await asio::this_coro::executor;
    tls_.reset();
    plain_.reset();
    if (url_.is_tls) {
        tls_ = std::make_unique<TlsStream>(TcpStream(executor), *transport_.tls);
        tcp_ = &tls_->next_layer();
    } else {
        plain_ = std::make_unique<TcpStream>(executor);
        tcp_ = plain_.get();
    }
    TcpStream& tcp = *tcp_;
    tcp.expires_after(timeout);
    const auto [error, address] = co_await tcp.async_connect(*addresses, kToken);
    if (error) co_return failure(fmt::format("connect: {}", words_for(error)));
    error_code ignored;
    tcp.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    if (url_.is_tls) {
        const auto shaken = co_await shake_hands(exchange);
        if (!shaken) co_return shaken;
    }
    buffer_.clear();
    expires_at_ = SteadyClock::now() +
                  std::chrono::duration_cast<SteadyClock::duration>(
                      transport_.options.age_max *
                      std::uniform_real_distribution<double>(0.75, 1.25)(transport_.random));
    if (!acks_.is_waiting()) begin_session();
    co_return Result<>{};
}

asio::awaitable<Result<>> HecConnection::shake_hands(HecExchange& exchange) {
    SSL* const connection = tls_->native_handle();
    if (auto expected = expect_peer(connection, url_.host, transport_.options.tls); !expected) {
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

// Nothing of the last session is known to the next one: neither which indexer a balancer had
// chosen, nor the ids that were given out.
void HecConnection::begin_session() {
    channel_ = make_channel(transport_.random);
    cookies_.clear();
    acks_.begin_channel();
}

std::string HecConnection::head(const HecRequest& request) const {
    HecHead head;
    const bool is_for_events = request.what == HecRequest::What::events;
    const std::string target = is_for_events
                                   ? hec_target(transport_.options.envelope, url_, channel_)
                                   : url_.prefix + "/services/collector/ack?channel=" + channel_;
    const std::string authority = url_.authority();
    const std::string cookies = cookies_.header();
    head.target = target;
    head.authority = authority;
    head.token = transport_.token;
    head.channel = channel_;
    head.cookies = cookies;
    head.is_gzip = request.is_gzip;
    head.content_length = request.body.size();
    std::string text;
    append_hec_head(text, head);
    return text;
}

template <class Stream>
asio::awaitable<void> HecConnection::converse(Stream& stream, HecRequest request,
                                              HecExchange& exchange) {
    const std::string head_text = head(request);
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head_text),
                                                  asio::buffer(request.body)};
    TcpStream& tcp = *tcp_;
    tcp.expires_after(transport_.options.timeout);
    const auto [broken, written] = co_await asio::async_write(stream, parts, kToken);
    exchange.end = broken ? HecExchange::End::not_written : HecExchange::End::no_answer;
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
        if (broken && exchange.response.status / 100 == 2) co_return;
        exchange.end = HecExchange::End::answered;
        exchange.error.clear();
        co_return;
    }
    if (is_certificate_error(error)) {  // of a handshake that is not over for the server
        exchange.end = HecExchange::End::not_connected;
        exchange.is_certificate = true;
        exchange.error = fmt::format("TLS handshake: {}", error.message());
        co_return;
    }
    has_peer_left_ = !has_received && (broken || is_break(error));
    if (!broken) exchange.error = words_for(error);
}

// Reads one answer, but for those in between (1xx). A body that is too large is cut: its status
// says enough, and the connection cannot be used any more.
template <class Stream>
asio::awaitable<error_code> HecConnection::read_answer(Stream& stream, HecExchange& exchange,
                                                       bool& has_received) {
    for (int interim = 0; interim < kInterimAnswersMax; ++interim) {
        http::response_parser<http::string_body> parser;
        parser.header_limit(kHeaderBytesMax);
        parser.body_limit(kHecBodyBytesMax);
        const auto [error, size] = co_await http::async_read(stream, buffer_, parser, kToken);
        has_received = has_received || parser.got_some();
        const bool is_cut = error == http::error::body_limit && parser.is_header_done();
        if (error && !is_cut) co_return error;
        const auto& answer = parser.get();
        if (answer.result_int() < 200) continue;
        exchange.response.status = answer.result_int();
        exchange.response.retry_after = answer[http::field::retry_after];
        exchange.response.body = is_cut ? std::string() : answer.body();
        for (const auto& header : answer) {
            if (header.name() == http::field::set_cookie) cookies_.take(header.value());
        }
        keeps_alive_ = !is_cut && parser.keep_alive() && buffer_.size() == 0;
        co_return error_code();
    }
    co_return http::error::unexpected_body;
}

}  // namespace eventfwd

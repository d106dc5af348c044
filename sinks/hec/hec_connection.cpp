#include "sinks/hec/hec_connection.h"

#include <fmt/format.h>

#include "sinks/hec/hec_body.h"
#include "sinks/hec/hec_response.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;

// A version 4 UUID (RFC 9562, section 5.4), in Splunk's capitals.
std::string make_channel(std::mt19937_64& random) {
    const std::uint64_t high = random();
    const std::uint64_t low = random();
    return fmt::format("{:08X}-{:04X}-4{:03X}-{:04X}-{:012X}", high >> 32, (high >> 16) & 0xFFFF,
                       high & 0x0FFF, 0x8000 | ((low >> 48) & 0x3FFF), low & 0xFFFFFFFFFFFF);
}

}  // namespace

HecConnection::HecConnection(const Url& url, HecTransport& transport)
    : url_(url),
      transport_(transport),
      client_(url, {transport.options.timeout, kHecBodyBytesMax, transport.options.tls}),
      channel_(make_channel(transport.random)) {}

// Open, young enough, and silent.
bool HecConnection::is_usable() const {
    return client_.is_silent() && (!is_old() || acks_.is_waiting());
}

asio::awaitable<HecExchange> HecConnection::exchange(HecRequest request) {
    client_.set_timeout(request.timeout);
    const bool was_open = is_usable();
    if (!was_open) close();
    HecExchange first = co_await exchange_once(request);
    if (!was_open || !client_.has_peer_left() || client_.is_abandoned()) co_return first;
    HecExchange second = co_await exchange_once(request);
    second.may_be_doubled = first.end == HecExchange::End::no_answer;
    co_return second;
}

asio::awaitable<HecExchange> HecConnection::exchange_once(HecRequest request) {
    if (!is_open()) {
        is_connecting_ = true;
        HttpExchange connected = co_await client_.connect(transport_.tls);
        is_connecting_ = false;
        if (!is_open()) {
            last_error_ = connected.error;
            co_return HecExchange{std::move(connected)};
        }
        begin_life();
    }
    if (acks_.is_confused()) begin_session();
    const std::string head_text = head(request);
    HttpExchange done = co_await client_.exchange(head_text, request.body);
    HecExchange exchange{std::move(done)};
    exchange.answer.body = plain_body(std::move(exchange.answer.body));
    for (const std::string& cookie : exchange.answer.set_cookies)
        cookies_.take(cookie);
    last_error_ = exchange.error;
    co_return exchange;
}

// Of a connection that was just opened.
void HecConnection::begin_life() {
    const auto age = transport_.options.age_max *
                     std::uniform_real_distribution<double>(0.75, 1.25)(transport_.random);
    expires_at_ = SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(age);
    if (!acks_.is_waiting()) begin_session();
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

}  // namespace eventfwd

#include "support/hec_server.h"

#include <libdeflate.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <cstdlib>
#include <map>
#include <sstream>

#include "net/await.h"

namespace eventfwd::test {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using asio::ip::tcp;
using boost::system::error_code;
using Request = http::request<http::string_body>;
using Then = HecAct::Then;

constexpr std::size_t kUnpackedMax = 64 << 20;

std::string unpacked(const Request& request) {
    if (request[http::field::content_encoding] != "gzip") return request.body();
    const std::unique_ptr<libdeflate_decompressor, decltype(&::libdeflate_free_decompressor)>
        decompressor(::libdeflate_alloc_decompressor(), ::libdeflate_free_decompressor);
    // The last four bytes say how much it was (RFC 1952, section 2.3.1).
    const std::string& packed = request.body();
    if (packed.size() < 18) return "this is not gzip";
    std::size_t length = 0;
    for (std::size_t at = packed.size(); at > packed.size() - 4; --at)
        length = length << 8 | static_cast<unsigned char>(packed[at - 1]);
    std::string out(std::min(length, kUnpackedMax), '\0');
    std::size_t size = 0;
    const auto done = ::libdeflate_gzip_decompress(decompressor.get(), packed.data(), packed.size(),
                                                   out.data(), out.size(), &size);
    if (done != LIBDEFLATE_SUCCESS) return "this is not gzip";
    out.resize(size);
    return out;
}

// Nothing where BODY is not JSON objects, one behind the other.
std::optional<std::vector<HecEvent>> parse_events(const std::string& body) {
    std::vector<HecEvent> events;
    std::string_view rest = body;
    while (!rest.empty()) {
        json::stream_parser parser;
        error_code error;
        const std::size_t size = parser.write_some(rest.data(), rest.size(), error);
        if (error || !parser.done()) return {};
        const json::value value = parser.release();
        const json::object* const object = value.if_object();
        if (object == nullptr || !object->contains("event")) return {};
        HecEvent event;
        event.json = rest.substr(0, size);
        const json::value& line = object->at("event");
        event.line = line.is_string() ? std::string(line.get_string()) : json::serialize(line);
        if (const auto* const fields = object->if_contains("fields")) {
            if (const auto* const id = fields->as_object().if_contains("eventfwd_id")) {
                event.id = id->as_string();
            }
        }
        events.push_back(std::move(event));
        rest.remove_prefix(size);
    }
    return events;
}

std::vector<HecEvent> parse_lines(const std::string& body) {
    std::vector<HecEvent> events;
    std::istringstream lines(body);
    for (std::string line; std::getline(lines, line);)
        events.push_back({"", line, line});
    return events;
}

std::string splunk_says(const std::string& text, int code) {
    return "{\"text\":\"" + text + "\",\"code\":" + std::to_string(code) + "}";
}

std::string head_of(const Request& request) {
    std::ostringstream head;
    head << request.base();
    return head.str();
}

std::string channel_of(const Request& request) {
    return std::string(request["X-Splunk-Request-Channel"]);
}

struct Rule {
    std::string text;
    int code = 0;
    bool is_numbered = false;
    bool takes_before = false;
};

struct Ack {
    std::size_t asked = 0;
};

void reset(tcp::socket& socket) {
    error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
}

}  // namespace

std::string HecSeen::header(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

struct HecServer::State {
    explicit State(HecServerOptions given) : options(std::move(given)) {
        if (!options.certificate.empty()) {
            tls.use_certificate_chain_file(options.certificate);
            tls.use_private_key_file(options.certificate, asio::ssl::context::pem);
            if (!options.client_ca.empty()) {
                tls.load_verify_file(options.client_ca);
                tls.set_verify_mode(asio::ssl::verify_peer |
                                    asio::ssl::verify_fail_if_no_peer_cert);
            }
        }
        asio::co_spawn(io, accept(), asio::detached);
        thread = std::thread([this] { io.run(); });
    }
    ~State() {
        io.stop();
        thread.join();
    }

    asio::awaitable<void> accept();
    asio::awaitable<void> serve_tls(tcp::socket socket, std::size_t number);
    asio::awaitable<void> serve_plain(tcp::socket socket, std::size_t number);
    template <class Stream>
    asio::awaitable<void> serve(Stream& stream, tcp::socket& socket, std::size_t number);
    template <class Stream>
    asio::awaitable<bool> play(Stream& stream, tcp::socket& socket, const HecAct& act);
    asio::awaitable<void> wait_for_end(tcp::socket& socket);
    std::chrono::milliseconds current_delay() const {
        const std::lock_guard lock(mutex);
        return delay;
    }

    std::optional<Then> take_early_act();
    HecAct act_for(const Request& request, std::size_t connection);
    HecAct act_by_rules(const Request& request, std::vector<HecEvent>& events, std::size_t bytes);
    HecAct act_of_script();
    HecAct answer_question(const Request& request);
    void keep(const std::vector<HecEvent>& some);
    std::string success(const Request& request);

    const HecServerOptions options;
    asio::io_context io{1};
    asio::ssl::context tls{asio::ssl::context::tls_server};
    tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), options.port)};

    mutable std::mutex mutex;  // guards what follows
    std::deque<HecAct> script;
    std::optional<HecAct> habit;
    std::optional<HecAct> fault;
    std::size_t fault_every = 0;  // requests; 0: never
    std::size_t until_fault = 0;
    bool keeps_events = true;
    std::vector<Rule> rules;
    std::size_t body_bytes_max = SIZE_MAX;
    std::chrono::milliseconds delay{0};
    std::string token;
    std::string cookie;
    std::optional<std::size_t> questions_needed;
    std::map<std::string, std::map<std::uint64_t, Ack>> acks;  // by channel
    std::map<std::string, std::uint64_t> next_ack;
    std::vector<HecEvent> events;
    std::vector<HecSeen> requests;
    std::vector<HecSeen> questions;
    std::size_t connections = 0;
    std::function<void(const HecEvent&)> told;

    std::thread thread;
};

asio::awaitable<void> HecServer::State::accept() {
    while (true) {
        auto [error, socket] = co_await acceptor.async_accept(kToken);
        if (error) co_return;
        std::size_t number = 0;
        {
            const std::lock_guard lock(mutex);
            number = ++connections;
        }
        if (options.certificate.empty()) {
            asio::co_spawn(io, serve_plain(std::move(socket), number), asio::detached);
        } else {
            asio::co_spawn(io, serve_tls(std::move(socket), number), asio::detached);
        }
    }
}

asio::awaitable<void> HecServer::State::serve_plain(tcp::socket socket, std::size_t number) {
    co_await serve(socket, socket, number);
}

asio::awaitable<void> HecServer::State::serve_tls(tcp::socket socket, std::size_t number) {
    asio::ssl::stream<tcp::socket> stream(std::move(socket), tls);
    const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, kToken);
    if (!error) co_await serve(stream, stream.next_layer(), number);
}

template <class Stream>
asio::awaitable<void> HecServer::State::serve(Stream& stream, tcp::socket& socket,
                                              std::size_t number) {
    boost::beast::flat_buffer buffer;
    while (true) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(kUnpackedMax);
        const auto [broken, head_size] =
            co_await http::async_read_header(stream, buffer, parser, kToken);
        if (broken) co_return;
        if (const auto then = take_early_act()) {
            if (*then == Then::answer_at_once) {
                const std::string body = splunk_says("Success", 0);
                const std::string answer =
                    "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                    "\r\n\r\n" + body;
                co_await asio::async_write(stream, asio::buffer(answer), kToken);
            }
            co_return reset(socket);
        }
        const auto [error, size] = co_await http::async_read(stream, buffer, parser, kToken);
        if (error) co_return;
        const HecAct act = act_for(parser.get(), number);
        if (const auto pause = current_delay(); pause.count() > 0) {
            asio::steady_timer timer(io, pause);
            co_await timer.async_wait(kToken);
        }
        const bool goes_on = co_await play(stream, socket, act);
        if (!goes_on) co_return;
    }
}

// The next act, if it is one that does not wait for the body.
std::optional<HecAct::Then> HecServer::State::take_early_act() {
    const std::lock_guard lock(mutex);
    if (script.empty()) return {};
    const Then then = script.front().then;
    if (then != Then::reset_at_once && then != Then::answer_at_once) return {};
    script.pop_front();
    return then;
}

template <class Stream>
asio::awaitable<bool> HecServer::State::play(Stream& stream, tcp::socket& socket,
                                             const HecAct& act) {
    const bool is_endless = act.then == Then::pour || act.then == Then::drip;
    std::string answer = "HTTP/1.1 " + std::to_string(act.status) + " Something\r\n";
    const std::string type =
        act.body.starts_with('{') ? "application/json; charset=UTF-8" : "text/html";
    answer += "Content-Type: " + type + "\r\n" + act.headers;
    answer +=
        "Content-Length: " + std::to_string(is_endless ? std::size_t{1} << 40 : act.body.size()) +
        "\r\n\r\n";
    if (act.then == Then::pour || act.then == Then::drip) {
        answer.replace(answer.find("Content-Length"), std::string::npos,
                       "Transfer-Encoding: chunked\r\n\r\n");
    } else {
        answer += act.body;
    }
    if (act.then == Then::answer_until_end) {
        const std::size_t length = answer.find("Content-Length");
        answer.erase(length, answer.find("\r\n", length) + 2 - length);
    }
    switch (act.then) {
        case Then::reset_at_once:
        case Then::reset:
            reset(socket);
            co_return false;
        case Then::say_nothing:
            co_await wait_for_end(socket);
            co_return false;
        case Then::cut:
            answer.resize(answer.size() - act.body.size() / 2);
            break;
        default:
            break;
    }
    const auto [error, size] = co_await asio::async_write(stream, asio::buffer(answer), kToken);
    const std::string chunk =
        act.then == Then::pour ? "4000\r\n" + std::string(0x4000, 'x') + "\r\n" : "1\r\nx\r\n";
    while (!error && is_endless) {
        const auto [gone, written] =
            co_await asio::async_write(stream, asio::buffer(chunk), kToken);
        if (gone) co_return false;
        if (act.then == Then::drip) {
            asio::steady_timer pause(io, std::chrono::milliseconds(2));
            co_await pause.async_wait(kToken);
        }
    }
    if (act.then == Then::cut || act.then == Then::answer_and_vanish ||
        act.then == Then::answer_until_end) {
        error_code ignored;
        socket.close(ignored);
        co_return false;
    }
    co_return !error;
}

asio::awaitable<void> HecServer::State::wait_for_end(tcp::socket& socket) {
    char byte = 0;
    while (true) {
        const auto [error, size] = co_await socket.async_read_some(asio::buffer(&byte, 1), kToken);
        if (error) co_return;
    }
}

// What is done with REQUEST; what it holds is kept as far as that says.
HecAct HecServer::State::act_for(const Request& request, std::size_t connection) {
    const std::lock_guard lock(mutex);
    const std::string target(request.target());
    HecSeen seen{target, head_of(request), connection, 0, 0};
    HecAct act;
    if (!token.empty() && request[http::field::authorization] != "Splunk " + token) {
        act = HecAct::refuse(403, splunk_says("Invalid token", 4));
    } else if (target.contains("/services/collector/ack")) {
        questions.push_back(seen);
        act = answer_question(request);
    } else {
        const std::string body = unpacked(request);
        const bool is_raw = target.contains("/services/collector/raw");
        auto parsed = is_raw ? parse_lines(body) : parse_events(body);
        seen.bytes = body.size();
        seen.events = parsed ? parsed->size() : 0;
        requests.push_back(seen);
        if (!parsed) {
            act = HecAct::refuse(400, splunk_says("Invalid data format", 6));
        } else {
            act = act_by_rules(request, *parsed, body.size());
        }
    }
    if (!cookie.empty()) act.headers += "Set-Cookie: " + cookie + "; Path=/; HttpOnly\r\n";
    return act;
}

HecAct HecServer::State::act_by_rules(const Request& request, std::vector<HecEvent>& found,
                                      std::size_t bytes) {
    HecAct act = act_of_script();
    if (act.then == Then::answer && act.status == 200 && act.body.empty()) {
        if (bytes > body_bytes_max) {
            return HecAct::refuse(413, "<html>Request Entity Too Large</html>");
        }
        for (std::size_t at = 0; at < found.size(); ++at) {
            for (const Rule& rule : rules) {
                if (!found[at].line.contains(rule.text)) continue;
                std::string body = splunk_says("Refused by a rule", rule.code);
                if (rule.is_numbered) {
                    body.pop_back();
                    body += ",\"invalid-event-number\":" + std::to_string(at) + "}";
                }
                found.resize(rule.takes_before ? at : 0);
                keep(found);
                return HecAct::refuse(400, body);
            }
        }
    }
    found.resize(std::min(found.size(), act.takes));
    keep(found);
    if (act.status == 200 && act.body.empty()) act.body = success(request);
    return act;
}

HecAct HecServer::State::act_of_script() {
    HecAct act = habit.value_or(HecAct::take_and(Then::answer));
    if (!script.empty()) {
        act = script.front();
        script.pop_front();
    } else if (fault_every > 0 && --until_fault == 0) {
        until_fault = fault_every;
        act = *fault;
    }
    return act;
}

std::string HecServer::State::success(const Request& request) {
    std::string body = splunk_says("Success", 0);
    if (!questions_needed) return body;
    const std::uint64_t id = next_ack[channel_of(request)]++;
    acks[channel_of(request)][id] = {};
    body.pop_back();
    return body + ",\"ackId\":" + std::to_string(id) + "}";
}

HecAct HecServer::State::answer_question(const Request& request) {
    error_code error;
    const json::value asked = json::parse(request.body(), error);
    json::object answers;
    std::map<std::uint64_t, Ack>& known = acks[channel_of(request)];
    for (const json::value& each : asked.at("acks").as_array()) {
        const auto id = each.to_number<std::uint64_t>();
        const auto ack = known.find(id);
        const bool is_done = ack != known.end() && ack->second.asked++ >= *questions_needed;
        if (is_done) known.erase(ack);
        answers[std::to_string(id)] = is_done;
    }
    return HecAct::refuse(200, json::serialize(json::object{{"acks", answers}}));
}

void HecServer::State::keep(const std::vector<HecEvent>& some) {
    for (const HecEvent& event : some) {
        if (keeps_events) events.push_back(event);
        if (told) told(event);
    }
}

HecServer::HecServer(HecServerOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

HecServer::~HecServer() = default;

std::uint16_t HecServer::port() const {
    return state_->acceptor.local_endpoint().port();
}

std::string HecServer::url() const {
    return (state_->options.certificate.empty() ? "http://127.0.0.1:" : "https://localhost:") +
           std::to_string(port());
}

void HecServer::next(std::vector<HecAct> acts) {
    const std::lock_guard lock(state_->mutex);
    state_->script.insert(state_->script.end(), acts.begin(), acts.end());
}

void HecServer::always(std::optional<HecAct> act) {
    const std::lock_guard lock(state_->mutex);
    state_->habit = std::move(act);
}

void HecServer::fault_every(std::size_t requests, HecAct act) {
    const std::lock_guard lock(state_->mutex);
    state_->fault = std::move(act);
    state_->fault_every = state_->until_fault = requests;
}

void HecServer::refuse_containing(const std::string& text, int code, bool is_numbered,
                                  bool takes_before) {
    const std::lock_guard lock(state_->mutex);
    state_->rules.push_back({text, code, is_numbered, takes_before});
}

void HecServer::limit_body(std::size_t bytes) {
    const std::lock_guard lock(state_->mutex);
    state_->body_bytes_max = bytes;
}

void HecServer::delay(std::chrono::milliseconds delay) {
    const std::lock_guard lock(state_->mutex);
    state_->delay = delay;
}

void HecServer::want_token(const std::string& token) {
    const std::lock_guard lock(state_->mutex);
    state_->token = token;
}

void HecServer::set_cookie(const std::string& cookie) {
    const std::lock_guard lock(state_->mutex);
    state_->cookie = cookie;
}

void HecServer::acknowledge_after(std::size_t questions) {
    const std::lock_guard lock(state_->mutex);
    state_->questions_needed = questions;
}

void HecServer::forget_acks() {
    const std::lock_guard lock(state_->mutex);
    state_->acks.clear();
    state_->next_ack.clear();
}

std::vector<HecEvent> HecServer::events() const {
    const std::lock_guard lock(state_->mutex);
    return state_->events;
}

std::vector<std::string> HecServer::lines() const {
    std::vector<std::string> lines;
    for (const HecEvent& event : events())
        lines.push_back(event.line);
    return lines;
}

std::vector<HecSeen> HecServer::requests() const {
    const std::lock_guard lock(state_->mutex);
    return state_->requests;
}

std::vector<HecSeen> HecServer::questions() const {
    const std::lock_guard lock(state_->mutex);
    return state_->questions;
}

std::size_t HecServer::connections() const {
    const std::lock_guard lock(state_->mutex);
    return state_->connections;
}

void HecServer::tell_instead_of_keeping(std::function<void(const HecEvent&)> told) {
    const std::lock_guard lock(state_->mutex);
    state_->keeps_events = false;
    state_->told = std::move(told);
}

}  // namespace eventfwd::test

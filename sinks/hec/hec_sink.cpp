#include "sinks/hec/hec_sink.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/contains.h"
#include "sinks/hec/hec_response.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr int kGzipLevel = 1;  // the fastest: the processor belongs to others
// With acknowledgements: batches for each connection, under way or waiting for theirs.
constexpr std::size_t kWaitingMax = 8;
// A URL is backed off so many times as long as a batch waited for its failure: one that hangs would
// else keep one batch after the other.
constexpr int kBackoffsOfWait = 4;
constexpr std::chrono::microseconds kRetryAfterMax = 1h;  // whatever a server asks for

Outcome in_doubt(Outcome outcome, std::size_t count) {
    outcome.in_doubt = count;
    return outcome;
}

// Forgets a ticket when whoever waits for it ends.
struct Waiter {
    HecAcks& acks;
    const HecAcks::Ticket ticket;

    Waiter(HecAcks& acks_to_use, HecAcks::Ticket ticket_to_forget)
        : acks(acks_to_use), ticket(ticket_to_forget) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() { acks.forget(ticket); }
};

}  // namespace

HecSink::HecSink(HecSinkOptions options, const std::string& journal_id, const Clock& clock,
                 HecSinkProbe& probe)
    : clock_(clock),
      transport_{std::move(options), "", nullptr},
      writer_(transport_.options.envelope, journal_id),
      gzip_(kGzipLevel),
      pool_(transport_, probe) {}

std::size_t HecSink::in_flight_max() const {
    const HecSinkOptions& options = transport_.options;
    const std::size_t usual =
        options.acknowledgements ? options.connections * kWaitingMax : options.connections;
    // A second URL is tried beside the first.
    const std::size_t most = std::max(usual, std::min<std::size_t>(options.urls.size(), 2));
    return most + std::min(most, pool_.stuck());
}

void HecSink::reopen() {
    must_read_secrets_ = true;
    pool_.close_idle();
}

void HecSink::abandon() {
    pool_.abandon();
    acks_changed_.notify_all();
}

// Reads what is kept outside of the configuration: when it is needed, so that a file that is not
// there yet holds this sink and nothing else.
Result<> HecSink::prepare() {
    if (!must_read_secrets_) return {};
    auto token = read_secret(transport_.options.token);
    if (!token) return failure_while("token", token.error());
    const bool is_tls = std::ranges::any_of(transport_.options.urls, &Url::is_tls);
    if (is_tls) {
        auto context = make_tls_context(transport_.options.tls);
        if (!context) return failure_while("tls", context.error());
        transport_.tls = std::make_shared<asio::ssl::context>(std::move(*context));
    }
    transport_.token = std::move(*token);
    must_read_secrets_ = false;
    return {};
}

asio::awaitable<Outcome> HecSink::send(const Batch& batch, Checkpoint& /*checkpoint*/) {
    if (const auto prepared = prepare(); !prepared) {
        co_return Outcome::hold(prepared.error().message);
    }
    std::unique_ptr<Body> body;
    std::size_t in_doubt_before = 0;
    Attempt last = co_await attempt(batch, body);
    for (std::size_t more = transport_.options.urls.size(); more > 1; --more) {
        if (!last.is_elsewhere_possible) break;
        in_doubt_before += last.outcome.in_doubt;
        last = co_await attempt(batch, body);
    }
    if (body != nullptr) bodies_.push_back(std::move(body));
    if (last.has_ticket) last.outcome = co_await wait_for_ack(last, batch.count);
    last.outcome.in_doubt += in_doubt_before;
    co_return of_all_urls(std::move(last.outcome));
}

// What one URL asks for is not what all do: whoever is well first is tried then.
Outcome HecSink::of_all_urls(Outcome outcome) const {
    if (outcome.kind == Outcome::Kind::hold && !pool_.is_held()) {
        outcome.kind = Outcome::Kind::try_again;
    }
    if (outcome.after) outcome.after = std::min(*outcome.after, pool_.until_tried_again());
    return outcome;
}

std::unique_ptr<HecSink::Body> HecSink::take_body(const Batch& batch) {
    std::unique_ptr<Body> body;
    if (bodies_.empty()) {
        body = std::make_unique<Body>();
    } else {
        body = std::move(bodies_.back());
        bodies_.pop_back();
    }
    body->text.clear();
    body->packed.clear();
    writer_.append(body->text, batch);
    if (transport_.options.is_gzip) gzip_.append(body->packed, body->text.view());
    return body;
}

// The body is made when there is a connection for it, so that there are few of them.
HecRequest HecSink::request_for(const HecLease& lease, const Batch& batch,
                                std::unique_ptr<Body>& body) {
    if (body == nullptr) body = take_body(batch);
    HecRequest request;
    request.is_gzip = transport_.options.is_gzip;
    request.body = request.is_gzip ? body->packed.view() : body->text.view();
    request.timeout = pool_.patience(lease.url());
    return request;
}

asio::awaitable<HecSink::Attempt> HecSink::attempt(const Batch& batch,
                                                   std::unique_ptr<Body>& body) {
    const HecLease lease = co_await pool_.lease();
    if (!lease) {
        Attempt stopped;
        stopped.outcome = Outcome::try_again("stopped");
        co_return stopped;
    }
    const HecRequest request = request_for(lease, batch, body);
    const std::string token = transport_.token;
    HecExchange exchange = co_await lease.connection().exchange(request);
    const bool is_refused = exchange.end == HecExchange::End::answered &&
                            (exchange.answer.status == 401 || exchange.answer.status == 403);
    if (is_refused && has_other_token(token)) {
        const bool may_be_doubled = exchange.may_be_doubled;
        exchange = co_await lease.connection().exchange(request);
        exchange.may_be_doubled |= may_be_doubled;
    }
    co_return judge(exchange, lease, batch.count, request.timeout);
}

// Whether there is one by now that is not REFUSED.
bool HecSink::has_other_token(const std::string& refused) {
    if (auto token = read_secret(transport_.options.token)) transport_.token = std::move(*token);
    return transport_.token != refused;
}

HecSink::Attempt HecSink::judge(const HecExchange& exchange, const HecLease& lease,
                                std::size_t count, std::chrono::microseconds timeout) {
    const auto took = lease.stay().took();
    Attempt attempt;
    attempt.url = lease.url();
    attempt.since = lease.stay().since();
    attempt.connection = &lease.connection();
    attempt.outcome = outcome_of_exchange(exchange, count);
    Outcome& outcome = attempt.outcome;
    if (outcome.kind == Outcome::Kind::delivered && transport_.options.acknowledgements) {
        const auto answer = parse_hec_answer(exchange.answer.body);
        if (answer && answer->ack_id) {
            attempt.ticket = attempt.connection->acks().expect(*answer->ack_id);
            attempt.has_ticket = true;
        } else {
            outcome =
                in_doubt(Outcome::hold("the token does not acknowledge: useACK is off"), count);
        }
    }
    const bool is_well =
        outcome.kind == Outcome::Kind::delivered || outcome.kind == Outcome::Kind::reject;
    // The files of certificates may be others by now.
    must_read_secrets_ |= exchange.is_certificate;
    if (is_well) {
        pool_.succeeded(attempt.url);
        if (!attempt.has_ticket) pool_.delivered(attempt.url, took);
        return attempt;
    }
    const std::string reason = outcome.reason;
    outcome.reason = lease.connection().url().text() + ": " + reason;
    if (pool_.is_abandoned()) return attempt;  // it was not the URL that failed
    const bool is_hold = outcome.kind == Outcome::Kind::hold;
    const auto asked = std::min(outcome.after.value_or(0us), kRetryAfterMax);
    // One that was not waited for as long as it could have been makes no more trouble for that.
    const auto waited = took >= timeout ? std::max(took, transport_.options.timeout) : took;
    pool_.failed(attempt.url, {reason, is_hold, std::max(asked, kBackoffsOfWait * waited)});
    attempt.is_elsewhere_possible = pool_.has_other(attempt.url);
    return attempt;
}

Outcome HecSink::outcome_of_exchange(const HecExchange& exchange, std::size_t count) const {
    Outcome outcome;
    switch (exchange.end) {
        case HecExchange::End::answered:
            outcome = outcome_of(exchange.answer, count, clock_.now());
            break;
        case HecExchange::End::not_connected:
        case HecExchange::End::not_written:
            outcome = exchange.is_certificate ? Outcome::hold(exchange.error)
                                              : Outcome::try_again(exchange.error);
            break;
        case HecExchange::End::no_answer:
            outcome = in_doubt(Outcome::try_again(exchange.error), count);
            break;
    }
    return exchange.may_be_doubled ? in_doubt(std::move(outcome), count) : outcome;
}

asio::awaitable<Outcome> HecSink::wait_for_ack(const Attempt& attempt, std::size_t count) {
    HecConnection& connection = *attempt.connection;
    const Waiter waiter(connection.acks(), attempt.ticket);
    const HecStay stay(pool_, attempt.url, attempt.since);
    const auto deadline = SteadyClock::now() + transport_.options.ack_timeout;
    const char* why = nullptr;
    while (why == nullptr) {
        const HecAcks::State state = connection.acks().state(attempt.ticket);
        const bool is_asked = contains(asked_, &connection);
        if (state == HecAcks::State::acknowledged) {
            pool_.delivered(attempt.url, stay.took());
            co_return attempt.outcome;
        } else if (state == HecAcks::State::lost) {
            why = "the acknowledgement is lost: its channel began anew";
        } else if (pool_.is_abandoned()) {
            why = "stopped before the acknowledgement came";
        } else if (SteadyClock::now() >= deadline) {
            why = "not acknowledged in time";
            pool_.failed(attempt.url, {why, false, 0us});
        } else if (is_asked) {
            co_await acks_changed_.wait(deadline);
        } else {
            co_await ask_for_acks(attempt.url, connection, deadline);
        }
    }
    Outcome outcome = Outcome::try_again(connection.url().text() + ": " + why);
    co_return in_doubt(std::move(outcome), attempt.outcome.in_doubt + count);
}

// Of those who wait for the acknowledgements of one connection, one asks for all.
asio::awaitable<void> HecSink::ask_for_acks(std::size_t url, HecConnection& connection,
                                            SteadyClock::time_point deadline) {
    struct Asking {
        HecSink& sink;
        const HecConnection* const connection;
        Asking(HecSink& sink_to_use, const HecConnection& connection_to_ask)
            : sink(sink_to_use), connection(&connection_to_ask) {
            sink.asked_.push_back(connection);
        }
        Asking(const Asking&) = delete;
        Asking& operator=(const Asking&) = delete;
        ~Asking() {
            std::erase(sink.asked_, connection);
            sink.acks_changed_.notify_all();
        }
    };
    const Asking asking(*this, connection);
    const auto until = std::min(SteadyClock::now() + transport_.options.ack_interval, deadline);
    while (SteadyClock::now() < until && !pool_.is_abandoned())
        co_await acks_changed_.wait(until);
    const HecLease lease = co_await pool_.lease(url, connection);
    if (!lease || !connection.acks().is_waiting()) co_return;
    const std::string question = connection.acks().question();
    HecRequest request;
    request.what = HecRequest::What::acknowledgements;
    request.body = question;
    request.timeout = transport_.options.timeout;
    const HecExchange exchange = co_await connection.exchange(request);
    if (exchange.end == HecExchange::End::answered) {
        (void)connection.acks().apply(exchange.answer.body);
    }
}

}  // namespace eventfwd

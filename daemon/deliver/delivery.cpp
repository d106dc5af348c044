#include "daemon/deliver/delivery.h"

#include <algorithm>
#include <utility>

#include "core/contains.h"
#include "net/await.h"

namespace eventfwd {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

Delivery::Delivery(std::string sink_name, const RetryOptions& retry, Parts parts)
    : sink_name_(std::move(sink_name)), retry_(retry), parts_(std::move(parts)) {}

asio::awaitable<bool> Delivery::send(InFlightBatch& in_flight, BatchParts& parts) {
    std::uint64_t attempt = 1;
    while (!parts.is_done()) {
        const Outcome outcome = co_await parts_.sink.send(parts.current(), parts_.checkpoint);
        parts.apply(outcome);
        parts_.board.count_in_doubt(outcome.in_doubt);
        const double random = std::uniform_real_distribution<>()(random_);
        const Decision decision = retry_policy(outcome, attempt, random, retry_);
        if (decision.what == Decision::Do::go_on) {
            leave_trouble(in_flight, true);
            attempt = 1;
            if (!parts.is_done() && parts_.must_end()) co_return false;
            continue;
        }
        if (parts_.is_unwanted(in_flight)) co_return false;  // and has failed for that, perhaps
        enter_trouble(in_flight, outcome);
        if (!co_await wait(in_flight, decision.delay)) co_return false;
        ++attempt;
        parts_.board.change([](CourierStatus& status) { ++status.ledger.retries; });
    }
    co_return true;
}

asio::awaitable<bool> Delivery::keep_refused(InFlightBatch& in_flight,
                                             const std::vector<RefusedLine>& lines) {
    LetterBatch letters("sink " + sink_name_);
    LineWalk walk(in_flight.batch.sources);
    std::size_t next = 0;
    for (const RefusedLine& refused : lines) {
        std::string_view line;
        for (; next <= refused.index; ++next)
            line = walk.next();
        line.remove_suffix(1);
        letters.add({.time = parts_.clock.now(),
                     .reason = refused.reason,
                     .text = refused.text,
                     .bytes = line,
                     .true_bytes = line.size(),
                     .sequence = walk.sequence()});
    }
    parts_.probe.refused(sink_name_, lines.size(), lines.front());
    while (true) {
        const auto kept = parts_.board.change([&](CourierStatus& status) {
            auto done = parts_.dead_letters.keep(letters);
            if (!done) return done;
            in_flight.counts.dead_lettered = lines.size();
            status.ledger.dead_lettered += lines.size();
            status.settled_ahead += lines.size();
            return done;
        });
        if (kept) co_return true;
        if (!co_await wait_after(in_flight, kept.error())) co_return false;
    }
}

asio::awaitable<bool> Delivery::wait_after(InFlightBatch& in_flight, const Error& error) {
    enter_trouble(in_flight, Outcome::try_again(error.message));
    return wait(in_flight, retry_.initial);
}

asio::awaitable<bool> Delivery::wait(InFlightBatch& in_flight, std::chrono::microseconds duration) {
    if (parts_.is_unwanted(in_flight)) co_return false;
    in_flight.timer.expires_after(duration);
    co_await in_flight.timer.async_wait(kToken);
    co_return !parts_.is_unwanted(in_flight);
}

void Delivery::wake() {
    for (InFlightBatch* const in_flight : troubled_)
        in_flight->timer.cancel();
}

// Reports the first batch's trouble, and when it turns out to need a person. A batch that is given
// up ends no trouble: that ends when something arrives.
void Delivery::enter_trouble(InFlightBatch& in_flight, const Outcome& outcome) {
    const bool is_first = trouble_.attempts == 0;
    if (is_first) trouble_.began = SteadyClock::now();
    if (!contains(troubled_, &in_flight)) troubled_.push_back(&in_flight);
    ++trouble_.attempts;
    const bool is_hold = outcome.kind == Outcome::Kind::hold;
    if (is_hold && !trouble_.is_held) {
        trouble_.is_held = true;
        parts_.probe.held(sink_name_, outcome.reason);
    } else if (is_first) {
        parts_.probe.trouble_began(sink_name_, outcome.reason);
    }
    parts_.board.set_state(is_hold ? SinkState::held : SinkState::retrying, outcome.reason,
                           parts_.sink);
}

void Delivery::leave_trouble(InFlightBatch& in_flight, bool has_arrived) {
    const bool was_in_trouble = std::erase(troubled_, &in_flight) > 0;
    if (!has_arrived) return;
    if (was_in_trouble) wake();  // the destination is back, for the others too
    if (is_in_trouble() || trouble_.attempts == 0) return;
    const auto after = SteadyClock::now() - trouble_.began;
    parts_.probe.trouble_ended(sink_name_, trouble_.attempts,
                               std::chrono::duration_cast<std::chrono::microseconds>(after));
    parts_.board.set_state(SinkState::delivering, "", parts_.sink);
    trouble_ = {};
}

}  // namespace eventfwd

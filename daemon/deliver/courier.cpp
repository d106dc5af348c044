#include "daemon/deliver/courier.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <utility>

#include "core/check.h"
#include "core/thread.h"
#include "formatter/event.h"
#include "net/await.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

// How long whoever pauses a sink waits to hear that it is saved.
constexpr auto kAnswerMax = std::chrono::seconds(2);

}  // namespace

Courier::Courier(CourierOptions options, std::unique_ptr<Sink> sink, Journal& journal,
                 DeadLetters& dead_letters, const Clock& clock, CourierProbe& probe)
    : options_(std::move(options)),
      sink_(std::move(sink)),
      journal_(journal),
      clock_(clock),
      probe_(probe),
      batcher_(options_.match, options_.form),
      keeper_({options_.name, options_.durable_cursor, options_.save_interval},
              {*sink_, journal, dead_letters, clock, probe, board_}),
      delivery_(options_.name, options_.retry,
                {*sink_, keeper_, dead_letters, clock, probe, board_,
                 [this](const InFlightBatch& in_flight) {
                     return is_interrupted() || redeliveries_.has_dropped(in_flight);
                 },
                 [this] { return must_end(); }}),
      redeliveries_(options_.name, options_.batch, options_.durable_cursor,
                    {io_, *sink_, batcher_, delivery_, probe, board_, [this] { timer_.cancel(); }}),
      signal_([this] {
          if (is_asleep_) return wakeable_sleep_.end();
          asio::post(io_, [this] { timer_.cancel(); });
      }) {
    keeper_.find(options_.from_start);
    board_.change(
        [&](CourierStatus& status) { status.state = keeper_.is_paused() ? "paused" : "idle"; });
    reader_ = std::make_unique<TailReader>(journal_, cursor() + 1);
    journal_.cursors().hold(options_.name, cursor());
    journal_.add_signal(signal_);
}

Courier::~Courier() {
    join();
    journal_.remove_signal(signal_);
}

void Courier::start() {
    keeper_.begin();
    asio::co_spawn(io_, run(), end_daemon_on_exception);
    thread_ = std::thread([this] {
        name_this_thread("to " + options_.name);
        io_.run();
    });
}

// ACT is called on the courier's thread, as soon as that waits or is between two batches.
void Courier::call(std::move_only_function<void()> act) {
    asio::post(io_, std::move(act));
    is_called_ = true;
    wakeable_sleep_.end();
}

void Courier::stop(SteadyClock::time_point deadline) {
    call([this, deadline] {
        stopping_ = true;
        deadline_ = deadline;
        deadline_timer_.expires_at(deadline);
        deadline_timer_.async_wait([this](const boost::system::error_code& error) {
            if (error) return;
            sink_->abandon();
            wake();
        });
        wake();
    });
}

void Courier::join() {
    if (thread_.joinable()) thread_.join();
}

void Courier::reopen() {
    call([this] {
        sink_->reopen();
        wake();  // what was in its way may be gone
    });
}

// Saved before it is answered, so that it is true over a kill, too.
Result<> Courier::set_paused(bool is_paused) {
    const auto saved = std::make_shared<std::promise<Result<>>>();
    auto answer = saved->get_future();
    call([this, is_paused, saved] {
        keeper_.set_paused(is_paused);
        wake();
        saved->set_value(keeper_.save_now());
    });
    if (answer.wait_for(kAnswerMax) == std::future_status::ready) return answer.get();
    return failure(
        fmt::format("sink {} is busy with its disk and does so as soon as it can", options_.name));
}

void Courier::skip_to_end() {
    call([this, last = journal_.end().next_sequence - 1] {
        skip_to_ = last;
        wake();
    });
}

Result<> Courier::carry(std::unique_ptr<Redelivery> redelivery) {
    if (const auto offered = redeliveries_.offer(redelivery->status()); !offered) return offered;
    call([this, given = std::move(redelivery)]() mutable {
        redeliveries_.begin(std::move(given));
        timer_.cancel();
    });
    return {};
}

void Courier::drop_redelivery() {
    call([this] {
        redeliveries_.drop();
        wake();
    });
}

// Whoever sleeps on this thread looks around.
void Courier::wake() {
    timer_.cancel();
    delivery_.wake();
}

bool Courier::must_end() const {
    return stopping_ && SteadyClock::now() >= deadline_;
}

asio::awaitable<void> Courier::run() {
    while (!must_end()) {
        if (skip_to_ || keeper_.is_paused() || must_land_) co_await land();
        if (skip_to_) skip();
        if (keeper_.is_paused()) {
            if (stopping_) break;
            set_state("paused", "");
            redeliveries_.end_dropped();
            if (journal_.end().next_sequence == cursor() + 1) note_nothing_is_pending();
            co_await sleep(keeper_.until_save());
            keeper_.save_if_due();
            continue;
        }
        const bool is_done = co_await step();
        if (is_done && stopping_) break;
        if (!stopping_ && redeliveries_.has_next()) co_await step_redelivery();
        keeper_.save_if_due();
        // Whoever wants something of the courier is heard between two batches of a backlog, too.
        // A sink that never suspends lets this thread look around only when somebody calls.
        if (is_called_.exchange(false) || stopping_ || !sink_->is_blocking()) {
            co_await asio::post(io_, asio::use_awaitable);
        }
    }
    co_await land();
    deadline_timer_.cancel();
    if (const auto saved = keeper_.save(); !saved)
        probe_.cursor_not_saved(options_.name, saved.error());
}

// Sends off what comes next in the journal, or waits for it. True where there is nothing left.
asio::awaitable<bool> Courier::step() {
    // A destination in trouble is knocked at with what is under way, and not with more of it.
    if (in_flight_.size() >= (delivery_.is_in_trouble() ? 1 : sink_->in_flight_max())) {
        if (stopping_ || !redeliveries_.has_next()) co_await sleep(keeper_.until_save());
        co_return false;
    }
    if (const auto gap = std::exchange(gap_ahead_, std::nullopt)) {
        shed(*gap);
        co_return false;
    }
    const auto chunk = reader_->next(options_.batch.bytes_max, options_.batch.count_max);
    if (!chunk) {
        if (!is_reader_failing_) probe_.trouble_began(options_.name, chunk.error().message);
        is_reader_failing_ = true;
        set_state("retrying", chunk.error().message);
        co_await sleep(options_.retry.initial);
        co_return false;
    }
    is_reader_failing_ = false;
    if (chunk->gap) {
        shed(*chunk->gap);
    } else if (!chunk->runs.empty()) {
        co_await send_off(chunk->runs);
    } else if (in_flight_.empty() && stopping_) {
        co_return true;
    } else if (stopping_ || !redeliveries_.has_next()) {
        co_await wait_for_events();
    }
    co_return false;
}

// Sets RUNS on their way. Where the sink takes one batch at a time, this ends when that is settled:
// the bytes are sent where the reader has them, and nothing is copied.
asio::awaitable<void> Courier::send_off(std::span<const LineRun> runs) {
    const bool is_alone = sink_->in_flight_max() == 1;
    if (!delivery_.is_in_trouble() && board_.own().state != "delivering") {
        set_state("delivering", "");
    }
    InFlightBatch& in_flight = in_flight_.add(std::make_unique<InFlightBatch>(io_));
    if (is_alone) {
        in_flight.cover(runs, reader_->last_instant());
        in_flight.batch = batcher_.make(runs);
    } else {
        fill(in_flight, runs);
        in_flight.keep(batcher_.make(in_flight.runs()));
    }
    const std::uint64_t passed = in_flight.end - in_flight.begin;
    ++flying_;
    if (is_alone) {
        co_await fly(in_flight);
    } else {
        asio::co_spawn(io_, fly(in_flight), end_daemon_on_exception);
    }
    // A backlog is worked off without a rest.
    const std::uint64_t left = journal_.end().next_sequence - reader_->next_sequence();
    if (left > passed || stopping_ || is_called_ || is_interrupted() || redeliveries_.has_next())
        co_return;
    if (sink_->is_blocking()) {
        nap();
    } else {
        co_await rest();
    }
}

// Copies RUNS, and what follows them as far as it fits a batch.
void Courier::fill(InFlightBatch& in_flight, std::span<const LineRun> runs) {
    const auto [bytes_max, count_max, linger] = options_.batch;
    in_flight.reserve(bytes_max + kLineBytesMax + 1);
    in_flight.take(runs, reader_->last_instant());
    while (in_flight.bytes() < bytes_max && in_flight.count() < count_max) {
        const auto more =
            reader_->next(bytes_max - in_flight.bytes(), count_max - in_flight.count());
        if (!more) return;  // the next step meets it again
        if (more->gap) gap_ahead_ = more->gap;
        if (more->runs.empty()) return;
        in_flight.take(more->runs, reader_->last_instant());
    }
}

// Until IN_FLIGHT is settled, or interrupted; it may be gone after that.
asio::awaitable<void> Courier::fly(InFlightBatch& in_flight) {
    BatchParts parts(in_flight.batch);
    const bool is_sent = co_await delivery_.send(in_flight, parts);
    const bool is_settled = is_sent && (parts.refused().empty() || co_await delivery_.keep_refused(
                                                                       in_flight, parts.refused()));
    delivery_.leave_trouble(in_flight, is_settled);
    if (!is_settled) {
        must_land_ = true;
        board_.count_in_doubt(parts.settled() - parts.refused().size());  // those come again
    } else {
        const std::size_t refused = parts.refused().size();
        in_flight.counts.delivered = in_flight.batch.count - refused;
        in_flight.counts.dead_lettered = refused;
        in_flight.counts.filtered = in_flight.end - in_flight.begin - in_flight.batch.count;
        in_flight.is_settled = true;
        sink_->settle();
        if (move_cursor()) keeper_.note();
    }
    --flying_;
    if (!is_resting_) timer_.cancel();
}

// The next batch of a redelivery in its turn.
asio::awaitable<void> Courier::step_redelivery() {
    const bool is_alone = sink_->in_flight_max() == 1;
    // A sink that knows by its state what it had must not take these lines for what follows.
    if (is_alone && keeper_.needs_save()) keeper_.save_now();
    co_await redeliveries_.step();
    if (is_alone) keeper_.save_now();
}

// Waits until nothing is under way, forgets what is not settled, and reads on at the cursor.
asio::awaitable<void> Courier::land() {
    wake();
    while (flying_ > 0 || redeliveries_.is_flying()) {
        timer_.expires_after(kForever);  // beyond a deadline, too: only what has ended is over
        co_await timer_.async_wait(kToken);
    }
    board_.count_in_doubt(in_flight_.clear());
    must_land_ = false;
    gap_ahead_.reset();
    if (reader_->next_sequence() != cursor() + 1) {
        reader_ = std::make_unique<TailReader>(journal_, cursor() + 1);
    }
}

// Waits until something is appended, for as long as that takes; but a cursor that has moved is
// saved in time, and the sleep goes on after that.
asio::awaitable<void> Courier::wait_for_events() {
    if (in_flight_.empty() && !delivery_.is_in_trouble()) set_state("idle", "");
    signal_.arm();
    if (journal_.end().next_sequence == reader_->next_sequence()) {
        note_nothing_is_pending();
        co_await sleep(keeper_.until_save());
        note_nothing_is_pending();  // but what has just come
    }
    signal_.disarm();
}

void Courier::note_nothing_is_pending() {
    if (!in_flight_.empty()) return;
    board_.change([&](CourierStatus& status) { status.last_instant = clock_.now(); });
}

// Lets events gather, where more than a few come.
asio::awaitable<void> Courier::rest() {
    is_resting_ = true;
    signal_.arm(clock_.now() + options_.batch.linger / 2);
    co_await sleep(options_.batch.linger);
    signal_.disarm();
    is_resting_ = false;
}

// The same, of the thread itself: nothing else waits on it, and neither a timer nor the reactor is
// troubled some hundred times a second.
void Courier::nap() {
    is_asleep_ = true;
    signal_.arm(clock_.now() + options_.batch.linger / 2);
    wakeable_sleep_.sleep_for(options_.batch.linger);
    signal_.disarm();
    is_asleep_ = false;
}

// Ends early when the timer is cancelled: by an append, a stop or a reload.
asio::awaitable<void> Courier::sleep(SteadyClock::duration duration) {
    const auto wakes_at = SteadyClock::now() + duration;
    timer_.expires_at(stopping_ ? std::min(wakes_at, deadline_) : wakes_at);
    co_await timer_.async_wait(kToken);
}

void Courier::shed(const Gap& gap) {
    probe_.shed(options_.name, gap);
    InFlightBatch& in_flight = in_flight_.add(std::make_unique<InFlightBatch>(io_));
    in_flight.begin = gap.begin;
    in_flight.end = gap.end;
    in_flight.instant = reader_->last_instant();
    (gap.why == Gap::Why::trimmed ? in_flight.counts.shed_full : in_flight.counts.shed_damaged) =
        gap.end - gap.begin;
    in_flight.is_settled = true;
    move_cursor();
}

// Goes past everything up to skip_to_, undelivered.
void Courier::skip() {
    const std::uint64_t to = std::max(*skip_to_, cursor());
    skip_to_.reset();
    reader_ = std::make_unique<TailReader>(journal_, to + 1);
    InFlightBatch& in_flight = in_flight_.add(std::make_unique<InFlightBatch>(io_));
    in_flight.end = to + 1;
    in_flight.instant = board_.own().last_instant;
    in_flight.counts.shed_skipped = to - cursor();
    in_flight.is_settled = true;
    move_cursor();
    probe_.skipped(options_.name, to);
}

// Over the flights that are settled, up to the first that is not. False where that is the first.
bool Courier::move_cursor() {
    bool has_moved = false;
    while (const auto in_flight = in_flight_.take_settled()) {
        has_moved = true;
        board_.change([&](CourierStatus& status) {
            status.ledger.add(in_flight->counts);
            status.cursor = in_flight->end - 1;
            status.last_instant = in_flight->instant;
            if (delivery_.is_in_trouble()) return;
            status.state = "delivering";
            status.last_error.clear();
        });
    }
    return has_moved;
}

void Courier::set_state(const char* state, std::string error) {
    board_.set_state(state, std::move(error), *sink_);
}

}  // namespace eventfwd

#include "daemon/deliver/courier.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <utility>

#include "core/check.h"
#include "core/thread.h"
#include "formatter/event.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

// Until the timer is cancelled.
constexpr SteadyClock::duration kForever = std::chrono::hours(24);
// How long whoever pauses a sink waits to hear that it is saved.
constexpr auto kAnswerMax = std::chrono::seconds(2);

}  // namespace

Courier::Courier(CourierOptions options, std::unique_ptr<Sink> sink, Journal& journal,
                 DeadLetters& dead_letters, const Clock& clock, CourierProbe& probe)
    : options_(std::move(options)),
      sink_(std::move(sink)),
      journal_(journal),
      dead_letters_(dead_letters),
      clock_(clock),
      probe_(probe),
      batcher_(options_.match, options_.form),
      delivery_(options_.name, options_.retry,
                {*sink_, *this, dead_letters, clock, probe, board_,
                 [this](const Flight& flight) {
                     return is_interrupted() || errands_.has_dropped(flight);
                 },
                 [this] { return must_end(); }}),
      errands_(options_.name, options_.batch, options_.durable_cursor,
               {io_, *sink_, batcher_, delivery_, probe, board_, [this] { timer_.cancel(); }}),
      signal_([this] { asio::post(io_, [this] { timer_.cancel(); }); }) {
    const std::uint64_t cursor = find_cursor();
    board_.change([&](CourierStatus& status) {
        status.state = is_paused_ ? "paused" : "idle";
        status.cursor = saved_cursor_ = cursor;
    });
    reader_ = std::make_unique<TailReader>(journal_, cursor + 1);
    journal_.cursors().hold(options_.name, cursor);
    journal_.add_signal(signal_);
}

Courier::~Courier() {
    join();
    journal_.remove_signal(signal_);
}

// Where the sink goes on: at its saved cursor, clamped to what exists; where that is missing or
// unreadable, at the oldest event (twice is better than never); where the sink is new, at from.
std::uint64_t Courier::find_cursor() {
    board_.change([&](CourierStatus& status) { status.last_instant = clock_.now(); });
    const JournalStatus journal = journal_.status();
    const auto known = journal_.known_sinks();
    const bool is_known = std::ranges::find(known, options_.name) != known.end();
    const auto record = journal_.cursors().load(options_.name);
    if (record) {
        const std::uint64_t claimed = record->number("sequence").value_or(0);
        board_.change([&](CourierStatus& status) {
            status.ledger = Ledger::load(*record);
            if (const auto instant = record->number("instant")) {
                status.last_instant = Instant{std::chrono::microseconds{*instant}};
            }
        });
        is_paused_ = is_saved_paused_ = record->number("paused") == 1;
        sink_->restore_state(*record);
        return std::min(claimed, journal.last);
    }
    const bool from_start = is_known || options_.from_start || record.error().code == EBADMSG;
    const std::uint64_t cursor = from_start ? journal.first - 1 : journal.last;
    board_.change([&](CourierStatus& status) { status.ledger.joined = cursor; });
    if (is_known || record.error().code == EBADMSG) {
        probe_.cursor_missing(options_.name, record.error().message, cursor + 1);
    }
    return cursor;
}

void Courier::start() {
    started_at_ = saved_at_ = SteadyClock::now();
    asio::co_spawn(io_, run(), end_daemon_on_exception);
    thread_ = std::thread([this] {
        name_this_thread("to " + options_.name);
        io_.run();
    });
}

void Courier::stop(SteadyClock::time_point deadline) {
    asio::post(io_, [this, deadline] {
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
    asio::post(io_, [this] { sink_->reopen(); });
}

// Saved before it is answered, so that it is true over a kill, too.
Result<> Courier::set_paused(bool is_paused) {
    const auto saved = std::make_shared<std::promise<Result<>>>();
    auto answer = saved->get_future();
    asio::post(io_, [this, is_paused, saved] {
        is_paused_ = is_paused;
        wake();
        saved->set_value(save_now());
    });
    if (answer.wait_for(kAnswerMax) == std::future_status::ready) return answer.get();
    return failure(
        fmt::format("sink {} is busy with its disk and does so as soon as it can", options_.name));
}

void Courier::skip_to_end() {
    asio::post(io_, [this, last = journal_.end().next_sequence - 1] {
        skip_to_ = last;
        wake();
    });
}

Result<> Courier::carry(std::unique_ptr<Errand> errand) {
    if (const auto offered = errands_.offer(errand->status()); !offered) return offered;
    asio::post(io_, [this, given = std::move(errand)]() mutable {
        errands_.begin(std::move(given));
        timer_.cancel();
    });
    return {};
}

void Courier::drop_errand() {
    asio::post(io_, [this] {
        errands_.drop();
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
        if (skip_to_ || is_paused_ || must_land_) co_await land();
        if (skip_to_) skip();
        if (is_paused_) {
            if (stopping_) break;
            set_state("paused", "");
            if (journal_.end().next_sequence == cursor() + 1) note_nothing_is_pending();
            co_await sleep(until_save());
            save_if_due();
            continue;
        }
        const bool is_done = co_await step();
        if (is_done && stopping_) break;
        if (!stopping_) co_await step_errand();
        save_if_due();
        // Whoever wants something of the courier is heard between two batches of a backlog, too,
        // where a sink that never waits would not let this thread look around.
        co_await asio::post(io_, asio::use_awaitable);
    }
    co_await land();
    deadline_timer_.cancel();
    if (const auto saved = save(); !saved) probe_.cursor_not_saved(options_.name, saved.error());
}

// Sends off what comes next in the journal, or waits for it. True where there is nothing left.
asio::awaitable<bool> Courier::step() {
    // A destination in trouble is knocked at with what is under way, and not with more of it.
    if (flights_.size() >= (delivery_.is_in_trouble() ? 1 : sink_->in_flight_max())) {
        co_await sleep(until_save());
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
    } else if (flights_.empty() && stopping_) {
        co_return true;
    } else if (stopping_ || !errands_.has_next()) {
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
    Flight& flight = flights_.add(std::make_unique<Flight>(io_));
    if (is_alone) {
        flight.cover(runs, reader_->last_instant());
        flight.batch = batcher_.make(runs);
    } else {
        fill(flight, runs);
        flight.keep(batcher_.make(flight.runs()));
    }
    const std::uint64_t passed = flight.end - flight.begin;
    ++flying_;
    if (is_alone) {
        co_await fly(flight);
    } else {
        asio::co_spawn(io_, fly(flight), end_daemon_on_exception);
    }
    // A backlog is worked off without a rest.
    const std::uint64_t left = journal_.end().next_sequence - reader_->next_sequence();
    if (left <= passed && !stopping_ && !is_interrupted() && !errands_.has_next()) co_await rest();
}

// Copies RUNS, and what follows them as far as it fits a batch.
void Courier::fill(Flight& flight, std::span<const LineRun> runs) {
    const auto [bytes_max, count_max, linger] = options_.batch;
    flight.reserve(bytes_max + kLineBytesMax + 1);
    flight.take(runs, reader_->last_instant());
    while (flight.bytes() < bytes_max && flight.count() < count_max) {
        const auto more = reader_->next(bytes_max - flight.bytes(), count_max - flight.count());
        if (!more) return;  // the next step meets it again
        if (more->gap) gap_ahead_ = more->gap;
        if (more->runs.empty()) return;
        flight.take(more->runs, reader_->last_instant());
    }
}

// Until FLIGHT is settled, or interrupted; it may be gone after that.
asio::awaitable<void> Courier::fly(Flight& flight) {
    BatchParts parts(flight.batch);
    const bool is_sent = co_await delivery_.send(flight, parts);
    const bool is_settled = is_sent && co_await delivery_.keep_refused(flight, parts.refused());
    delivery_.leave_trouble(flight, is_settled);
    if (!is_settled) {
        must_land_ = true;
        board_.count_in_doubt(parts.settled() - parts.refused().size());  // those come again
    } else {
        const std::size_t refused = parts.refused().size();
        flight.counts.delivered = flight.batch.count - refused;
        flight.counts.dead_lettered = refused;
        flight.counts.filtered = flight.end - flight.begin - flight.batch.count;
        flight.is_settled = true;
        sink_->settle();
        if (move_cursor()) note_cursor();
    }
    --flying_;
    if (!is_resting_) timer_.cancel();
}

// The next batch of an errand in its turn, if there is one.
asio::awaitable<void> Courier::step_errand() {
    if (!errands_.has_next()) co_return;
    const bool is_alone = sink_->in_flight_max() == 1;
    // A sink that knows by its state what it had must not take these lines for what follows.
    if (is_alone && needs_save()) save_now();
    co_await errands_.step();
    if (is_alone) save_now();
}

// Waits until nothing is under way, forgets what is not settled, and reads on at the cursor.
asio::awaitable<void> Courier::land() {
    wake();
    while (flying_ > 0 || errands_.is_flying()) {
        timer_.expires_after(kForever);  // beyond a deadline, too: only what has ended is over
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    board_.count_in_doubt(flights_.clear());
    must_land_ = false;
    gap_ahead_.reset();
    if (reader_->next_sequence() != cursor() + 1) {
        reader_ = std::make_unique<TailReader>(journal_, cursor() + 1);
    }
}

// Waits until something is appended, for as long as that takes; but a cursor that has moved is
// saved in time, and the sleep goes on after that.
asio::awaitable<void> Courier::wait_for_events() {
    if (flights_.empty() && !delivery_.is_in_trouble()) set_state("idle", "");
    signal_.arm();
    if (journal_.end().next_sequence == reader_->next_sequence()) {
        note_nothing_is_pending();
        co_await sleep(until_save());
        note_nothing_is_pending();  // but what has just come
    }
    signal_.disarm();
}

void Courier::note_nothing_is_pending() {
    if (!flights_.empty()) return;
    board_.change([&](CourierStatus& status) { status.last_instant = clock_.now(); });
}

asio::awaitable<void> Courier::rest() {
    is_resting_ = true;
    signal_.arm(clock_.now() + options_.batch.linger / 2);
    co_await sleep(options_.batch.linger);
    signal_.disarm();
    is_resting_ = false;
}

// Ends early when the timer is cancelled: by an append, a stop or a reload.
asio::awaitable<void> Courier::sleep(SteadyClock::duration duration) {
    const auto wakes_at = SteadyClock::now() + duration;
    timer_.expires_at(stopping_ ? std::min(wakes_at, deadline_) : wakes_at);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
}

void Courier::shed(const Gap& gap) {
    probe_.shed(options_.name, gap);
    Flight& flight = flights_.add(std::make_unique<Flight>(io_));
    flight.begin = gap.begin;
    flight.end = gap.end;
    flight.instant = reader_->last_instant();
    (gap.why == Gap::Why::trimmed ? flight.counts.shed_full : flight.counts.shed_damaged) =
        gap.end - gap.begin;
    flight.is_settled = true;
    move_cursor();
}

// Goes past everything up to skip_to_, undelivered.
void Courier::skip() {
    const std::uint64_t to = std::max(*skip_to_, cursor());
    skip_to_.reset();
    reader_ = std::make_unique<TailReader>(journal_, to + 1);
    Flight& flight = flights_.add(std::make_unique<Flight>(io_));
    flight.end = to + 1;
    flight.instant = board_.own().last_instant;
    flight.counts.shed_skipped = to - cursor();
    flight.is_settled = true;
    move_cursor();
    probe_.skipped(options_.name, to);
}

// Over the flights that are settled, up to the first that is not. False where that is the first.
bool Courier::move_cursor() {
    bool has_moved = false;
    while (const auto flight = flights_.take_settled()) {
        has_moved = true;
        board_.change([&](CourierStatus& status) {
            status.ledger.add(flight->counts);
            status.cursor = flight->end - 1;
            status.last_instant = flight->instant;
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

// How long may be slept.
SteadyClock::duration Courier::until_save() const {
    return needs_save() ? save_interval() : kForever;
}

// First at once, then at twice the age each time: a daemon that is killed soon after every start
// has kept half of what it did in each life, and gets on.
SteadyClock::duration Courier::save_interval() const {
    return std::min<SteadyClock::duration>(options_.save_interval, saved_at_ - started_at_);
}

void Courier::save_if_due() {
    if (!needs_save()) return;
    if (SteadyClock::now() - saved_at_ >= save_interval()) save_now();
}

Result<> Courier::save_now() {
    const auto saved = save();
    if (!saved && !save_failed_) probe_.cursor_not_saved(options_.name, saved.error());
    save_failed_ = !saved;
    return saved;
}

// What the cursor vouches for is durable before the cursor is.
Result<> Courier::save() {
    saved_at_ = SteadyClock::now();
    if (options_.durable_cursor) {
        if (auto synced = sink_->sync(); !synced) return synced;
        if (auto synced = dead_letters_.sync(); !synced) return synced;
    }
    const Record record = cursor_record();
    if (auto written = journal_.cursors().save(options_.name, record, options_.durable_cursor);
        !written) {
        return written;
    }
    saved_cursor_ = cursor();
    is_saved_paused_ = is_paused_;
    board_.change([&](CourierStatus& status) { status.connections = sink_->connections(); });
    return {};
}

Record Courier::cursor_record() const {
    Record record;
    record.add("sequence", cursor());
    record.add("instant",
               static_cast<std::uint64_t>(board_.own().last_instant.time_since_epoch().count()));
    if (is_paused_) record.add("paused", std::uint64_t{1});
    board_.own().ledger.save(record);
    sink_->save_state(record);
    return record;
}

// Where this fails, the next save says so in its own way; until then only more would come twice.
void Courier::note_cursor() {
    if (sink_->is_remote()) (void)journal_.cursors().note(options_.name, cursor_record());
}

}  // namespace eventfwd

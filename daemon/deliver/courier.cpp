#include "daemon/deliver/courier.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "formatter/event.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

// Until the timer is cancelled.
constexpr std::chrono::microseconds kForever = std::chrono::hours(24);

}  // namespace

Courier::Courier(CourierOptions options, std::unique_ptr<Sink> sink, Journal& journal,
                 DeadLetters& dead_letters, const Clock& clock, CourierProbe& probe)
    : options_(std::move(options)),
      sink_(std::move(sink)),
      journal_(journal),
      dead_letters_(dead_letters),
      clock_(clock),
      probe_(probe),
      signal_([this] { asio::post(io_, [this] { timer_.cancel(); }); }),
      batcher_(options_.match, options_.form) {
    const std::uint64_t cursor = find_cursor();
    status_.state = is_paused_ ? "paused" : "idle";
    status_.cursor = saved_cursor_ = cursor;
    status_.last_instant = clock_.now();
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
    const JournalStatus journal = journal_.status();
    const auto known = journal_.known_sinks();
    const bool is_known = std::ranges::find(known, options_.name) != known.end();
    const auto record = journal_.cursors().load(options_.name);
    if (record) {
        const std::uint64_t claimed = record->number("sequence").value_or(0);
        status_.ledger = Ledger::load(*record);
        is_paused_ = is_saved_paused_ = record->number("paused") == 1;
        sink_->restore_state(*record);
        return std::min(claimed, journal.last);
    }
    const bool from_start = is_known || options_.from_start || record.error().code == EBADMSG;
    const std::uint64_t cursor = from_start ? journal.first - 1 : journal.last;
    status_.ledger.joined = cursor;
    if (is_known || record.error().code == EBADMSG) {
        probe_.cursor_missing(options_.name, record.error().message, cursor + 1);
    }
    return cursor;
}

void Courier::start() {
    saved_at_ = SteadyClock::now();
    asio::co_spawn(io_, run(), asio::detached);
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), ("to " + options_.name).substr(0, 15).c_str());
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

void Courier::pause() {
    asio::post(io_, [this] {
        is_paused_ = true;
        wake();
    });
}

void Courier::resume() {
    asio::post(io_, [this] {
        is_paused_ = false;
        wake();
    });
}

void Courier::skip_to_end() {
    asio::post(io_, [this, last = journal_.end().next_sequence - 1] {
        skip_to_ = last;
        wake();
    });
}

Result<> Courier::carry(std::unique_ptr<Errand> errand) {
    {
        const std::lock_guard lock(mutex_);
        if (status_.errand && !status_.errand->is_over) {
            return failure(
                fmt::format("sink {}: a {} is under way", options_.name, status_.errand->what));
        }
        status_.errand = errand->status();
    }
    asio::post(io_, [this, given = std::move(errand)]() mutable {
        errand_ = std::move(given);
        timer_.cancel();
    });
    return {};
}

void Courier::drop_errand() {
    asio::post(io_, [this] {
        must_drop_errand_ = errand_ != nullptr;
        wake();
    });
}

// Whoever sleeps on this thread looks around.
void Courier::wake() {
    timer_.cancel();
    flights_.wake();
    if (errand_flight_ != nullptr) errand_flight_->timer.cancel();
}

bool Courier::must_end() const {
    return stopping_ && SteadyClock::now() >= deadline_;
}

asio::awaitable<void> Courier::run() {
    while (!must_end()) {
        if (skip_to_ || is_paused_ || must_land_) co_await land();
        if (skip_to_) skip();
        if (is_paused_ != is_saved_paused_ && !save_failed_) save_now();
        if (is_paused_) {
            if (stopping_) break;
            set_state("paused", "");
            co_await sleep(timer_, until_save());
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
    if (flights_.size() >= sink_->in_flight_max()) {
        co_await sleep(timer_, until_save());
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
        co_await sleep(timer_, options_.retry.initial);
        co_return false;
    }
    is_reader_failing_ = false;
    if (chunk->gap) {
        shed(*chunk->gap);
    } else if (!chunk->runs.empty()) {
        co_await send_off(chunk->runs);
    } else if (flights_.empty() && stopping_) {
        co_return true;
    } else if (!has_errand()) {
        co_await wait_for_events();
    }
    co_return false;
}

// Sets RUNS on their way. Where the sink takes one batch at a time, this ends when that is settled:
// the bytes are sent where the reader has them, and nothing is copied.
asio::awaitable<void> Courier::send_off(std::span<const LineRun> runs) {
    const bool is_alone = sink_->in_flight_max() == 1;
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
        asio::co_spawn(io_, fly(flight), asio::detached);
    }
    // A backlog is worked off without a rest.
    const std::uint64_t left = journal_.end().next_sequence - reader_->next_sequence();
    if (left <= passed && !stopping_ && !is_interrupted() && !has_errand()) co_await rest();
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
    const bool is_sent = co_await send_until_settled(flight, parts);
    const bool is_settled = is_sent && co_await keep_refused(flight, parts.refused());
    leave_trouble(flight, is_settled);
    if (!is_settled) {
        must_land_ = true;
        count_in_doubt(parts.settled() - parts.refused().size());  // those come again
    } else {
        const std::size_t refused = parts.refused().size();
        flight.counts.delivered = flight.batch.count - refused;
        flight.counts.dead_lettered = refused;
        flight.counts.filtered = flight.end - flight.begin - flight.batch.count;
        flight.is_settled = true;
        move_cursor();
        note_cursor();
    }
    --flying_;
    if (!is_resting_) timer_.cancel();
}

// Sends until the sink has an answer for every line of the flight's batch. False where it is
// interrupted.
asio::awaitable<bool> Courier::send_until_settled(Flight& flight, BatchParts& parts) {
    std::uint64_t attempt = 1;
    while (!parts.is_done()) {
        const Outcome outcome = co_await sink_->send(parts.current(), *this);
        parts.apply(outcome);
        count_in_doubt(outcome.in_doubt);
        const double random = std::uniform_real_distribution<>()(random_);
        const Decision decision = retry_policy(outcome, attempt, random, options_.retry);
        if (decision.what == Decision::Do::go_on) {
            leave_trouble(flight, true);
            attempt = 1;
            if (must_end() && !parts.is_done()) co_return false;
            continue;
        }
        enter_trouble(flight, outcome);
        co_await sleep(flight.timer, decision.delay);
        const bool is_dropped = must_drop_errand_ && &flight == errand_flight_.get();
        if (is_interrupted() || is_dropped) co_return false;
        ++attempt;
        const std::lock_guard lock(mutex_);
        ++status_.ledger.retries;
    }
    co_return true;
}

// Brings what the sink refused to the dead letters, before the cursor goes past it, for as long as
// that takes. False where it is interrupted.
asio::awaitable<bool> Courier::keep_refused(Flight& flight, const std::vector<RefusedLine>& lines) {
    if (lines.empty()) co_return true;
    const std::string origin = "sink " + options_.name;
    std::string letters;
    LineWalk walk(flight.batch.sources);
    std::size_t next = 0;
    for (const RefusedLine& refused : lines) {
        std::string_view line;
        for (; next <= refused.index; ++next)
            line = walk.next();
        line.remove_suffix(1);
        letters += to_json_line({clock_.now(), origin, refused.reason, refused.text, line,
                                 line.size(), walk.sequence()});
    }
    probe_.refused(options_.name, lines.size(), lines.front());
    while (true) {
        const auto kept = dead_letters_.keep(letters, lines.size());
        if (kept) co_return true;
        enter_trouble(flight, Outcome::try_again(kept.error().message));
        co_await sleep(flight.timer, options_.retry.initial);
        if (is_interrupted()) co_return false;
    }
}

// Sets the next batch of an errand on its way, if there is one and none is under way.
asio::awaitable<void> Courier::step_errand() {
    if (!has_errand()) co_return;
    if (std::exchange(must_drop_errand_, false)) co_return end_errand();
    auto flight = std::make_unique<Flight>(io_);
    flight->reserve(options_.batch.bytes_max + kLineBytesMax + 1);
    const auto loaded = errand_->load(*flight, options_.batch.bytes_max, options_.batch.count_max);
    if (!loaded || !*loaded) {
        publish_errand();
        if (!loaded) fail_errand(loaded.error());
        co_return end_errand();
    }
    flight->keep(batcher_.make(flight->runs()));
    flight->batch.is_replay = errand_->is_replay();
    errand_flight_ = std::move(flight);
    ++flying_;
    if (sink_->in_flight_max() > 1) {
        asio::co_spawn(io_, fly_errand(*errand_flight_), asio::detached);
        co_return;
    }
    // A sink that knows by its state what it had must not take these lines for what follows.
    if (needs_save()) save_now();
    co_await fly_errand(*errand_flight_);
    save_now();
}

// An errand that is interrupted gives the same lines again.
asio::awaitable<void> Courier::fly_errand(Flight& flight) {
    BatchParts parts(flight.batch);
    const bool is_sent = co_await send_until_settled(flight, parts);
    const bool is_settled = is_sent && co_await sync_errand(flight);
    leave_trouble(flight, is_settled);
    const std::size_t arrived = parts.settled() - parts.refused().size();
    if (is_settled) {
        errand_->settle(flight, parts.refused());
        const std::lock_guard lock(mutex_);
        Ledger& ledger = status_.ledger;
        (errand_->is_replay() ? ledger.replayed : ledger.letters_delivered) += arrived;
    } else {
        count_in_doubt(arrived);
    }
    publish_errand();
    errand_flight_.reset();
    --flying_;
    timer_.cancel();
}

// What an errand hears to have arrived must not be gone after a power cut. False where it has to
// come again.
asio::awaitable<bool> Courier::sync_errand(Flight& flight) {
    if (!options_.durable_cursor) co_return true;
    const auto synced = sink_->sync();
    if (synced) co_return true;
    enter_trouble(flight, Outcome::try_again(synced.error().message));
    co_await sleep(flight.timer, options_.retry.initial);
    co_return false;
}

// It is over when nobody needs it any more, and not when it has nothing left to give.
void Courier::publish_errand() {
    const std::lock_guard lock(mutex_);
    status_.errand = errand_->status();
    status_.errand->is_over = false;
}

void Courier::fail_errand(const Error& error) {
    probe_.errand_failed(options_.name, error);
    const std::lock_guard lock(mutex_);
    status_.errand->failure = error.message;
}

void Courier::end_errand() {
    errand_.reset();
    const std::lock_guard lock(mutex_);
    status_.errand->is_over = true;
    probe_.errand_ended(options_.name, *status_.errand);
}

// The state changes are told, not the attempts: when the first flight gets into trouble, when it
// turns out to need a person, and when the last one has left it.
void Courier::enter_trouble(Flight& flight, const Outcome& outcome) {
    const bool is_first = trouble_.flights == 0;
    if (is_first) trouble_ = {0, false, 0, SteadyClock::now()};
    if (!flight.is_in_trouble) ++trouble_.flights;
    flight.is_in_trouble = true;
    ++trouble_.attempts;
    const bool is_hold = outcome.kind == Outcome::Kind::hold;
    if (is_hold && !trouble_.is_held) {
        trouble_.is_held = true;
        probe_.held(options_.name, outcome.reason);
    } else if (is_first) {
        probe_.trouble_began(options_.name, outcome.reason);
    }
    set_state(is_hold ? "held" : "retrying", outcome.reason);
}

void Courier::leave_trouble(Flight& flight, bool has_recovered) {
    if (!flight.is_in_trouble) return;
    flight.is_in_trouble = false;
    --trouble_.flights;
    if (!has_recovered) return;
    flights_.wake();  // the destination is back, for the others too
    if (trouble_.flights > 0) return;
    const auto after = SteadyClock::now() - trouble_.began;
    probe_.trouble_ended(options_.name, trouble_.attempts,
                         std::chrono::duration_cast<std::chrono::microseconds>(after));
}

// Waits until nothing is under way, forgets what is not settled, and reads on at the cursor.
asio::awaitable<void> Courier::land() {
    wake();
    while (flying_ > 0) {
        timer_.expires_after(kForever);  // beyond a deadline, too: only what has ended is over
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    count_in_doubt(flights_.clear());
    must_land_ = false;
    gap_ahead_.reset();
    if (reader_->next_sequence() != status_.cursor + 1) {
        reader_ = std::make_unique<TailReader>(journal_, status_.cursor + 1);
    }
}

// Waits until something is appended, for as long as that takes; but a cursor that has moved is
// saved in time, and the sleep goes on after that.
asio::awaitable<void> Courier::wait_for_events() {
    if (flights_.empty()) set_state("idle", "");
    signal_.arm();
    if (journal_.end().next_sequence == reader_->next_sequence()) {
        co_await sleep(timer_, until_save());
    }
    signal_.disarm();
}

asio::awaitable<void> Courier::rest() {
    is_resting_ = true;
    signal_.arm(clock_.now() + options_.batch.linger / 2);
    co_await sleep(timer_, options_.batch.linger);
    signal_.disarm();
    is_resting_ = false;
}

// Ends early when TIMER is cancelled: by an append, a stop or a reload.
asio::awaitable<void> Courier::sleep(asio::steady_timer& timer,
                                     std::chrono::microseconds duration) {
    const auto wakes_at = SteadyClock::now() + duration;
    timer.expires_at(stopping_ ? std::min(wakes_at, deadline_) : wakes_at);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
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
    const std::uint64_t to = std::max(*skip_to_, status_.cursor);
    skip_to_.reset();
    reader_ = std::make_unique<TailReader>(journal_, to + 1);
    Flight& flight = flights_.add(std::make_unique<Flight>(io_));
    flight.end = to + 1;
    flight.instant = status_.last_instant;
    flight.counts.shed_skipped = to - status_.cursor;
    flight.is_settled = true;
    move_cursor();
    probe_.skipped(options_.name, to);
}

// Over the flights that are settled, up to the first that is not.
void Courier::move_cursor() {
    while (const auto flight = flights_.take_settled()) {
        const std::lock_guard lock(mutex_);
        status_.ledger.add(flight->counts);
        status_.cursor = flight->end - 1;
        status_.last_instant = flight->instant;
        if (trouble_.flights > 0) continue;
        status_.state = "delivering";
        status_.last_error.clear();
    }
}

void Courier::count_in_doubt(std::uint64_t lines) {
    if (lines == 0) return;
    const std::lock_guard lock(mutex_);
    status_.ledger.in_doubt += lines;
}

void Courier::set_state(const char* state, std::string error) {
    const std::lock_guard lock(mutex_);
    status_.connections = sink_->connections();
    status_.state = state;
    status_.last_error = std::move(error);
}

// How long may be slept.
std::chrono::microseconds Courier::until_save() const {
    return needs_save() ? options_.save_interval : kForever;
}

void Courier::save_if_due() {
    if (!needs_save()) return;
    if (SteadyClock::now() - saved_at_ < options_.save_interval) return;
    save_now();
}

void Courier::save_now() {
    const auto saved = save();
    if (!saved && !save_failed_) probe_.cursor_not_saved(options_.name, saved.error());
    save_failed_ = !saved;
}

// What the cursor vouches for is durable before the cursor is.
Result<> Courier::save() {
    saved_at_ = SteadyClock::now();
    if (options_.durable_cursor) {
        if (auto synced = sink_->sync(); !synced) return synced;
    }
    const Record record = cursor_record();
    if (auto written = journal_.cursors().save(options_.name, record, options_.durable_cursor);
        !written) {
        return written;
    }
    saved_cursor_ = status_.cursor;
    is_saved_paused_ = is_paused_;
    const std::lock_guard lock(mutex_);
    status_.connections = sink_->connections();
    return {};
}

Record Courier::cursor_record() const {
    Record record;
    record.add("sequence", status_.cursor);
    if (is_paused_) record.add("paused", std::uint64_t{1});
    status_.ledger.save(record);
    sink_->save_state(record);
    return record;
}

// Where this fails, the next save says so in its own way; until then only more would come twice.
void Courier::note_cursor() {
    if (sink_->is_remote()) (void)journal_.cursors().note(options_.name, cursor_record());
}

CourierStatus Courier::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

}  // namespace eventfwd

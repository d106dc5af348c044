#include "daemon/deliver/courier.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

// Until the timer is cancelled.
constexpr auto kForever = std::chrono::hours(24);

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
    status_.state = "idle";
    const std::uint64_t cursor = find_cursor();
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
        timer_.cancel();
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
        timer_.cancel();
    });
}

void Courier::resume() {
    asio::post(io_, [this] {
        is_paused_ = false;
        timer_.cancel();
    });
}

void Courier::skip_to_end() {
    asio::post(io_, [this, last = journal_.end().next_sequence - 1] {
        skip_to_ = last;
        timer_.cancel();
    });
}

bool Courier::must_end() const {
    return stopping_ && SteadyClock::now() >= deadline_;
}

asio::awaitable<void> Courier::run() {
    while (!must_end()) {
        if (skip_to_) skip();
        if (is_paused_) {
            if (stopping_) break;
            set_state("paused", "");
            co_await sleep(kForever);
            continue;
        }
        const auto chunk = reader_->next(options_.batch.bytes_max, options_.batch.count_max);
        if (!chunk) {
            if (!is_reader_failing_) probe_.trouble_began(options_.name, chunk.error().message);
            is_reader_failing_ = true;
            set_state("retrying", chunk.error().message);
            co_await sleep(options_.retry.initial);
            continue;
        }
        is_reader_failing_ = false;
        if (chunk->gap) {
            shed(*chunk->gap);
        } else if (!chunk->runs.empty()) {
            const bool settled = co_await deliver(chunk->runs);
            if (!settled) reader_ = std::make_unique<TailReader>(journal_, status_.cursor + 1);
        } else if (stopping_) {
            break;
        } else {
            co_await wait_for_events();
        }
        save_if_due();
    }
    if (const auto saved = save(); !saved) probe_.cursor_not_saved(options_.name, saved.error());
}

// True: the cursor is past RUNS. False: it is where it was.
asio::awaitable<bool> Courier::deliver(std::span<const LineRun> runs) {
    const std::uint64_t end = runs.back().end_sequence();
    const Batch batch = batcher_.make(runs);
    std::size_t refused = 0;
    if (batch.count > 0) {
        const std::optional<Outcome> outcome = co_await send_until_settled(batch);
        if (!outcome) co_return false;
        const bool kept = co_await keep_refused(batch, *outcome);
        if (!kept) co_return false;
        refused = outcome->refused.size();
    }
    const std::uint64_t passed = end - status_.cursor - 1;
    move_cursor(end - 1, [&](Ledger& ledger) {
        ledger.delivered += batch.count - refused;
        ledger.dead_lettered += refused;
        ledger.filtered += passed - batch.count;
        ledger.in_doubt += sink_->take_possible_duplicates();
    });
    // A backlog is worked off without a rest.
    const std::uint64_t left = journal_.end().next_sequence - reader_->next_sequence();
    if (left <= passed && !stopping_) co_await rest();
    co_return true;
}

// Tries BATCH until the sink has an answer for every line of it; nothing where it is interrupted.
asio::awaitable<std::optional<Outcome>> Courier::send_until_settled(const Batch& batch) {
    const auto began = SteadyClock::now();
    for (std::uint64_t attempt = 1;; ++attempt) {
        Outcome outcome = co_await sink_->send(batch, *this);
        const double random = std::uniform_real_distribution<>()(random_);
        const Decision decision = retry_policy(outcome, attempt, random, options_.retry);
        if (decision.what == Decision::Do::go_on) {
            if (attempt > 1) {
                const auto after = SteadyClock::now() - began;
                probe_.trouble_ended(options_.name, attempt - 1,
                                     std::chrono::duration_cast<std::chrono::microseconds>(after));
            }
            co_return outcome;
        }
        if (attempt == 1) probe_.trouble_began(options_.name, outcome.reason);
        set_state("retrying", outcome.reason);
        co_await sleep(decision.delay);
        if (is_interrupted()) co_return std::nullopt;
        const std::lock_guard lock(mutex_);
        ++status_.ledger.retries;
    }
}

// Brings what the sink refused to the dead letters, before the cursor goes past it, for as long as
// that takes. False where it is interrupted.
asio::awaitable<bool> Courier::keep_refused(const Batch& batch, const Outcome& outcome) {
    if (outcome.refused.empty()) co_return true;
    const std::string origin = "sink " + options_.name;
    std::string letters;
    LineWalk lines(batch.sources);
    std::size_t next = 0;
    for (const RefusedLine& refused : outcome.refused) {
        for (; next < refused.index; ++next)
            lines.next();
        std::string_view line = lines.next();
        ++next;
        line.remove_suffix(1);
        letters +=
            to_json_line({clock_.now(), origin, refused.reason, refused.text, line, line.size()});
    }
    probe_.refused(options_.name, outcome.refused.size(), outcome.refused.front());
    for (bool is_first = true;; is_first = false) {
        const auto kept = dead_letters_.keep(letters, outcome.refused.size());
        if (kept) co_return true;
        if (is_first) probe_.trouble_began(options_.name, kept.error().message);
        set_state("retrying", kept.error().message);
        co_await sleep(options_.retry.initial);
        if (is_interrupted()) co_return false;
    }
}

// Waits until something is appended, for as long as that takes; but a cursor that has moved is
// saved in time, and the sleep goes on after that.
asio::awaitable<void> Courier::wait_for_events() {
    set_state("idle", "");
    signal_.arm();
    if (journal_.end().next_sequence == reader_->next_sequence()) {
        const bool is_saved = status_.cursor == saved_cursor_ && !save_failed_;
        co_await sleep(is_saved ? kForever : options_.save_interval);
    }
    signal_.disarm();
}

asio::awaitable<void> Courier::rest() {
    signal_.arm(clock_.now() + options_.batch.linger / 2);
    co_await sleep(options_.batch.linger);
    signal_.disarm();
}

// Ends early when the timer is cancelled: by an append, a stop or a reload.
asio::awaitable<void> Courier::sleep(std::chrono::microseconds duration) {
    const auto wakes_at = SteadyClock::now() + duration;
    timer_.expires_at(stopping_ ? std::min(wakes_at, deadline_) : wakes_at);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
}

void Courier::shed(const Gap& gap) {
    probe_.shed(options_.name, gap);
    move_cursor(gap.end - 1, [&](Ledger& ledger) {
        (gap.why == Gap::Why::trimmed ? ledger.shed_full : ledger.shed_damaged) +=
            gap.end - gap.begin;
    });
}

// Goes past everything up to skip_to_, undelivered.
void Courier::skip() {
    const std::uint64_t to = std::max(*skip_to_, status_.cursor);
    skip_to_.reset();
    move_cursor(to, [&](Ledger& ledger) { ledger.shed_skipped += to - status_.cursor; });
    reader_ = std::make_unique<TailReader>(journal_, to + 1);
    probe_.skipped(options_.name, to);
}

void Courier::move_cursor(std::uint64_t to, const std::function<void(Ledger&)>& count) {
    const std::lock_guard lock(mutex_);
    count(status_.ledger);
    status_.cursor = to;
    status_.last_instant = reader_->last_instant();
    status_.state = "delivering";
    status_.last_error.clear();
}

void Courier::set_state(const char* state, std::string error) {
    const std::lock_guard lock(mutex_);
    status_.state = state;
    status_.last_error = std::move(error);
}

void Courier::save_if_due() {
    if (status_.cursor == saved_cursor_ && !save_failed_) return;
    if (SteadyClock::now() - saved_at_ < options_.save_interval) return;
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
    Record record;
    record.add("sequence", status_.cursor);
    status_.ledger.save(record);
    sink_->save_state(record);
    if (auto written = journal_.cursors().save(options_.name, record, options_.durable_cursor);
        !written) {
        return written;
    }
    saved_cursor_ = status_.cursor;
    return {};
}

CourierStatus Courier::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

}  // namespace eventfwd

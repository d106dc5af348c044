// The courier's own thread: from the journal to the settled cursor.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "core/check.h"
#include "daemon/deliver/courier.h"
#include "formatter/event.h"

namespace eventfwd {

namespace asio = boost::asio;

//            appended                    nothing left
//     idle ────────────▶ delivering ──────────────────▶ idle
//                          │     ▲
//      try again, or hold  ▼     │  delivered
//                    retrying, or held
//
//     pause ends any of them, resume begins anew; a stop ends when nothing is left, or its deadline
//     is over.
asio::awaitable<void> Courier::run() {
    while (!must_end()) {
        if (skip_to_ || keeper_.is_paused() || must_rewind_) co_await rewind();
        if (skip_to_) skip();
        if (keeper_.is_paused()) {
            if (is_stopping_) break;
            co_await stay_paused();
            continue;
        }
        const bool is_done = co_await step();
        if (is_done && is_stopping_) break;
        if (!is_stopping_ && redeliveries_.has_next()) co_await step_redelivery();
        keeper_.save_if_due();
        // A call is heard between two batches of a backlog, too. A sink that never suspends lets
        // this thread look around only then.
        if (waiter_.take_call() || is_stopping_ || !sink_->is_blocking()) {
            co_await asio::post(io_, asio::use_awaitable);
        }
    }
    co_await rewind();
    deadline_timer_.cancel();
    if (const auto saved = keeper_.save(); !saved)
        probe_.cursor_not_saved(options_.name, saved.error());
}

asio::awaitable<void> Courier::stay_paused() {
    set_state(SinkState::paused, "");
    redeliveries_.end_dropped();
    if (journal_.end().next_sequence == cursor() + 1) note_nothing_is_pending();
    co_await waiter_.sleep(keeper_.until_save());
    keeper_.save_if_due();
}

// Sends what comes next in the journal, or waits for it. True where there is nothing left.
asio::awaitable<bool> Courier::step() {
    // While the destination is in trouble, one batch at a time is tried.
    if (sending_ >= (delivery_.is_in_trouble() ? 1 : sink_->in_flight_max())) {
        if (is_stopping_ || !redeliveries_.has_next()) co_await waiter_.sleep(keeper_.until_save());
        co_return false;
    }
    if (const auto gap = std::exchange(gap_ahead_, std::nullopt)) {
        shed(*gap);
        co_return false;
    }
    if (step_over()) co_return false;
    const auto chunk = read(options_.batch.bytes_max, options_.batch.count_max);
    if (!chunk) {
        reading_.note(std::unexpected(chunk.error()), [this](const Error& error) {
            probe_.trouble_began(options_.name, error.message);
        });
        set_state(SinkState::retrying, chunk.error().message);
        co_await waiter_.sleep(options_.retry.initial);
        co_return false;
    }
    reading_.clear();
    if (chunk->gap) {
        shed(*chunk->gap);
    } else if (!chunk->runs.empty()) {
        co_await dispatch(chunk->runs);
    } else if (in_flight_.empty() && is_stopping_) {
        co_return true;
    } else if (is_stopping_ || !redeliveries_.has_next()) {
        co_await wait_for_events();
    }
    co_return false;
}

// Puts RUNS in flight. Where the sink takes one batch at a time, this ends when it is settled: the
// bytes are sent where the reader has them, and nothing is copied.
asio::awaitable<void> Courier::dispatch(std::span<const LineRun> runs) {
    if (!delivery_.is_in_trouble() && board_.own().state != SinkState::delivering) {
        set_state(SinkState::delivering, "");
    }
    InFlightBatch& in_flight = in_flight_.add(std::make_unique<InFlightBatch>(io_));
    if (is_alone()) {
        in_flight.cover(runs, reader_->last_instant());
        in_flight.batch = batcher_.make(runs);
    } else {
        fill(in_flight, runs);
        in_flight.keep(batcher_.make(in_flight.runs()));
    }
    const std::uint64_t passed = in_flight.end - in_flight.begin;
    ++sending_;
    if (is_alone()) {
        co_await deliver(in_flight);
    } else {
        asio::co_spawn(io_, deliver(in_flight), end_daemon_on_exception);
    }
    // A backlog is worked off without a pause.
    const std::uint64_t left = journal_.end().next_sequence - reader_->next_sequence();
    const bool is_wanted_elsewhere =
        is_stopping_ || waiter_.is_called() || is_interrupted() || redeliveries_.has_next();
    if (left > passed || is_wanted_elsewhere) co_return;
    if (sink_->is_blocking()) {
        waiter_.gather_on_thread(keeper_.until_save());
    } else {
        co_await waiter_.gather(keeper_.until_save());
    }
}

// Copies RUNS, and what follows them as far as it fits a batch.
void Courier::fill(InFlightBatch& in_flight, std::span<const LineRun> runs) {
    const auto [bytes_max, count_max, linger] = options_.batch;
    in_flight.reserve(bytes_max + kLineBytesMax + 1);
    in_flight.take(runs, reader_->last_instant());
    const auto has_room = [&] {
        return in_flight.bytes() < bytes_max && in_flight.count() < count_max;
    };
    while (has_room() && keeper_.ahead().next(in_flight.end) != in_flight.end) {
        const auto more = read(bytes_max - in_flight.bytes(), count_max - in_flight.count());
        if (!more) return;  // the next step meets it again
        if (more->gap) gap_ahead_ = more->gap;
        if (more->runs.empty()) return;
        in_flight.take(more->runs, reader_->last_instant());
    }
}

// What comes next in the journal, up to what is settled already. The board shows what has left the
// journal for this thread's memory: that can still be delivered, though its segment may go.
Result<TailReader::Chunk> Courier::read(std::size_t bytes_max, std::size_t count_max) {
    board_.change([](CourierStatus& status) { status.is_reading = true; });
    const std::uint64_t settled = keeper_.ahead().next(reader_->next_sequence());
    const std::uint64_t count = settled - reader_->next_sequence();
    auto chunk = reader_->next(bytes_max, std::min<std::uint64_t>(count_max, count));
    if (chunk && chunk->gap && chunk->gap->end > settled) {
        chunk->gap->end = settled;
        read_on_at(settled);
    }
    board_.change([&](CourierStatus& status) {
        status.is_reading = false;
        // A gap is shown when it is counted.
        if (chunk && !chunk->gap) status.read_to = reader_->next_sequence() - 1;
    });
    return chunk;
}

// Goes over what is settled already. False where that is not next.
bool Courier::step_over() {
    const auto settled = keeper_.ahead().take(reader_->next_sequence());
    if (!settled) return false;
    put_settled(*settled);
    read_on_at(settled->numbers.last + 1);
    board_.change([&](CourierStatus& status) {
        status.read_to = settled->numbers.last;
        status.set_ahead(keeper_.ahead());
    });
    if (advance()) keeper_.note();
    return true;
}

void Courier::read_on_at(std::uint64_t number) {
    reader_ = std::make_unique<TailReader>(journal_, number);
}

// Until IN_FLIGHT is settled, or interrupted; it may be gone after that.
asio::awaitable<void> Courier::deliver(InFlightBatch& in_flight) {
    BatchParts parts(in_flight.batch);
    const bool is_sent = co_await delivery_.send(in_flight, parts);
    const bool is_settled = is_sent && (parts.refused().empty() || co_await delivery_.keep_refused(
                                                                       in_flight, parts.refused()));
    delivery_.leave_trouble(in_flight, is_settled);
    const std::size_t arrived = parts.settled() - parts.refused().size();
    if (is_settled) {
        in_flight.counts.delivered = arrived;
        in_flight.counts.filtered = in_flight.end - in_flight.begin - in_flight.batch.count;
        settle(in_flight);
        sink_->settle();
        if (advance()) keeper_.note();
    } else {
        must_rewind_ = true;
        board_.count_in_doubt(arrived);  // those are sent again
    }
    --sending_;
    waiter_.wake_unless_gathering();
}

// The next batch of a redelivery in its turn.
asio::awaitable<void> Courier::step_redelivery() {
    // A sink that knows by its state what it had must not take these lines for what follows.
    if (is_alone() && keeper_.needs_save() && !keeper_.save_now()) {
        co_await waiter_.sleep(options_.retry.initial);
        co_return;
    }
    co_await redeliveries_.step();
    if (is_alone()) keeper_.save_now();
}

// Waits until nothing is in flight, forgets what is not settled, and reads on at the cursor. What
// is settled behind that stays so.
asio::awaitable<void> Courier::rewind() {
    wake();
    // Beyond a deadline, too: only what has ended is over.
    while (sending_ > 0 || redeliveries_.is_in_flight())
        co_await waiter_.until_woken();
    in_flight_.clear(keeper_.ahead());
    board_.change([&](CourierStatus& status) {
        status.read_to = status.cursor;
        status.set_ahead(keeper_.ahead());
    });
    must_rewind_ = false;
    gap_ahead_.reset();
    if (reader_->next_sequence() != cursor() + 1) read_on_at(cursor() + 1);
}

// Waits until something is appended, for as long as that takes; but a cursor that has moved is
// saved in time, and the wait goes on after that.
asio::awaitable<void> Courier::wait_for_events() {
    if (in_flight_.empty() && !delivery_.is_in_trouble()) set_state(SinkState::idle, "");
    const std::uint64_t next = reader_->next_sequence();
    if (journal_.end().next_sequence != next) co_return;
    note_nothing_is_pending();
    co_await waiter_.until_appended(next, keeper_.until_save());
    note_nothing_is_pending();  // but what has just come
}

void Courier::note_nothing_is_pending() {
    if (!in_flight_.empty()) return;
    board_.change([&](CourierStatus& status) { status.last_instant = clock_.now(); });
}

void Courier::shed(const Gap& gap) {
    probe_.shed(options_.name, gap);
    InFlightBatch& in_flight = in_flight_.add(std::make_unique<InFlightBatch>(io_));
    in_flight.begin = gap.begin;
    in_flight.end = gap.end;
    // A reader that has given no line yet knows of no instant.
    in_flight.instant = std::max(reader_->last_instant(), board_.own().last_instant);
    in_flight.counts.*counter_of(gap.why) = gap.end - gap.begin;
    settle(in_flight);
    if (advance()) keeper_.note();
}

// Goes past everything up to skip_to_, undelivered.
void Courier::skip() {
    const std::uint64_t to = std::max(*skip_to_, cursor());
    skip_to_.reset();
    for (std::uint64_t number = cursor() + 1; number <= to; number = cursor() + 1) {
        if (const auto settled = keeper_.ahead().take(number)) {
            put_settled(*settled);
        } else {
            give_up(number, std::min(to + 1, keeper_.ahead().next(number)));
        }
        advance();
    }
    read_on_at(cursor() + 1);
    board_.change([&](CourierStatus& status) {
        status.read_to = std::max(status.read_to, status.cursor);
        status.set_ahead(keeper_.ahead());
    });
    keeper_.save_now();  // what was given up is not delivered after a kill
    probe_.skipped(options_.name, to);
}

// The numbers [BEGIN, END), which are next.
void Courier::give_up(std::uint64_t begin, std::uint64_t end) {
    InFlightBatch& in_flight = in_flight_.add(std::make_unique<InFlightBatch>(io_));
    in_flight.begin = begin;
    in_flight.end = end;
    in_flight.instant = board_.own().last_instant;
    in_flight.counts.shed_skipped = end - begin;
    settle(in_flight);
}

// RUN, which is counted, is next.
void Courier::put_settled(const SettledAhead::Run& run) {
    InFlightBatch& in_flight = in_flight_.add(std::make_unique<InFlightBatch>(io_));
    in_flight.begin = run.numbers.first;
    in_flight.end = run.numbers.last + 1;
    in_flight.instant = run.instant;
    in_flight.counts = run.counts;
    in_flight_.settle(in_flight);
}

// Every number of IN_FLIGHT has come to its end: it is counted. What was refused is counted
// already, with its dead letters. IN_FLIGHT may be gone after that.
void Courier::settle(InFlightBatch& in_flight) {
    const std::uint64_t refused = in_flight.counts.dead_lettered;
    board_.change([&](CourierStatus& status) {
        status.ledger.add(in_flight.counts);
        status.ledger.dead_lettered -= refused;
        status.settled_ahead += in_flight.end - in_flight.begin - refused;
        status.read_to = std::max(status.read_to, in_flight.end - 1);
    });
    in_flight_.settle(in_flight);
}

// Moves the cursor over the batches that are settled, up to the first that is not. False where that
// is the first.
bool Courier::advance() {
    bool has_moved = false;
    while (const auto settled = in_flight_.take_settled()) {
        has_moved = true;
        if (const std::uint64_t end = settled->lines_end(); end < settled->end) {
            sink_->pass(end, settled->end, settled->instant);
        }
        keeper_.note_settled(*settled);
        board_.change([&](CourierStatus& status) {
            status.settled_ahead -= settled->end - settled->begin;
            status.cursor = settled->end - 1;
            if (sink_->is_remote()) status.durable = status.cursor;
            status.last_instant = settled->instant;
            if (delivery_.is_in_trouble()) return;
            status.state = SinkState::delivering;
            status.last_error.clear();
        });
    }
    return has_moved;
}

void Courier::set_state(SinkState state, std::string error) {
    board_.set_state(state, std::move(error), *sink_);
}

}  // namespace eventfwd

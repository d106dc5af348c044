// A courier carries the journal's events to one sink: the next batch, send, decide by what came of
// it, move the cursor. It has a thread and an io_context of its own, so that one sink's trouble
// does not touch the others. Where the sink takes several batches at once they are sent side by
// side, and the cursor moves over the gapless prefix of what is settled.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "core/failure_edge.h"
#include "daemon/dead_letters/dead_letters.h"
#include "daemon/deliver/batcher.h"
#include "daemon/deliver/courier_options.h"
#include "daemon/deliver/courier_probe.h"
#include "daemon/deliver/courier_status.h"
#include "daemon/deliver/cursor_keeper.h"
#include "daemon/deliver/delivery.h"
#include "daemon/deliver/in_flight.h"
#include "daemon/deliver/redeliveries.h"
#include "daemon/deliver/waiter.h"
#include "journal/journal.h"
#include "journal/tail_reader.h"
#include "sinks/sink.h"

namespace eventfwd {

class Courier {
  public:
    // JOURNAL, DEAD_LETTERS, CLOCK and PROBE outlive the courier.
    Courier(CourierOptions options, std::unique_ptr<Sink> sink, Journal& journal,
            DeadLetters& dead_letters, const Clock& clock, CourierProbe& probe);
    ~Courier();

    // Writes down where the sink begins, before the journal remembers that it knows it.
    Result<> save_first_cursor() { return keeper_.save(); }
    // Begins to deliver on a thread of its own.
    void start();
    // From any thread: ends after what is in the journal now is delivered, at latest at DEADLINE,
    // and saves the cursor.
    void stop(std::chrono::steady_clock::time_point deadline);
    void join();
    // From any thread: the sink closes its files and opens them anew.
    void reopen();
    // From any thread but its own: nothing is delivered until resume(), over restarts and reloads,
    // too: that is saved with the cursor before these return. Events wait in the journal. Where it
    // cannot be saved it is in force all the same, and saved when that goes.
    Result<> pause() { return set_paused(true); }
    Result<> resume() { return set_paused(false); }
    // From any thread: gives up what the sink has not had yet, counted as skipped.
    void skip_to_end();
    // From any thread: carries REDELIVERY beside live delivery, batch by batch in turn. It does not
    // survive a stop. Fails while another one is under way.
    Result<> carry(std::unique_ptr<Redelivery> redelivery);
    // From any thread: forgets it after the batch at hand.
    void drop_redelivery();

    CourierStatus status() const { return board_.read(); }
    const std::string& name() const { return options_.name; }

  private:
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<bool> step();
    boost::asio::awaitable<void> stay_paused();
    boost::asio::awaitable<void> dispatch(std::span<const LineRun> runs);
    void fill(InFlightBatch& in_flight, std::span<const LineRun> runs);
    Result<TailReader::Chunk> read(std::size_t bytes_max, std::size_t count_max);
    bool step_over();
    void read_on_at(std::uint64_t number);
    boost::asio::awaitable<void> deliver(InFlightBatch& in_flight);
    boost::asio::awaitable<void> step_redelivery();
    boost::asio::awaitable<void> rewind();
    boost::asio::awaitable<void> wait_for_events();
    void note_nothing_is_pending();
    void shed(const Gap& gap);
    void skip();
    void give_up(std::uint64_t begin, std::uint64_t end);
    void settle(InFlightBatch& in_flight);
    void put_settled(const SettledAhead::Run& run);
    bool advance();
    void wake();
    void set_state(SinkState state, std::string error);
    std::uint64_t cursor() const { return board_.own().cursor; }
    bool is_alone() const { return sink_->in_flight_max() == 1; }
    Result<> set_paused(bool is_paused);
    bool is_interrupted() const { return keeper_.is_paused() || skip_to_ || must_end(); }
    bool must_end() const;

    const CourierOptions options_;
    boost::asio::io_context io_{1};  // outlives what waits on it
    std::unique_ptr<Sink> sink_;
    Journal& journal_;
    const Clock& clock_;
    CourierProbe& probe_;
    StatusBoard board_;
    Batcher batcher_;
    CursorKeeper keeper_;
    Delivery delivery_;
    Waiter waiter_;
    Redeliveries redeliveries_;

    boost::asio::steady_timer deadline_timer_{io_};  // of a stop
    std::unique_ptr<TailReader> reader_;
    InFlightQueue in_flight_;
    std::size_t sending_ = 0;       // batches whose deliver() has not ended
    bool must_rewind_ = false;      // one of them ended unsettled
    std::optional<Gap> gap_ahead_;  // met while a batch was filled
    FailureEdge reading_;
    std::optional<std::uint64_t> skip_to_;  // the last number to give up
    bool is_stopping_ = false;
    std::chrono::steady_clock::time_point deadline_;
    std::thread thread_;
};

}  // namespace eventfwd

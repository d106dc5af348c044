// A courier carries the journal's events to one sink: the next batch, send, decide by what came of
// it, move the cursor. It has a thread and an io_context of its own, so that one sink's trouble is
// nobody else's. Where the sink takes several batches at once they fly side by side, and the cursor
// moves over the gapless prefix of what is settled.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "daemon/dead_letters/dead_letters.h"
#include "daemon/deliver/batch_parts.h"
#include "daemon/deliver/batcher.h"
#include "daemon/deliver/errand.h"
#include "daemon/deliver/flight.h"
#include "daemon/deliver/ledger.h"
#include "daemon/deliver/retry_policy.h"
#include "journal/journal.h"
#include "journal/tail_reader.h"
#include "sinks/sink.h"

namespace eventfwd {

// How much goes at once, and how long a courier waits for more under a steady load. The first event
// after a rest goes at once.
struct BatchOptions {
    std::size_t bytes_max = 512 * 1024;
    std::size_t count_max = 100'000;
    // No append wakes the courier before half of this is over, the next one does, and after all of
    // it the courier comes for what is there. Long enough that waking up costs little, short enough
    // that nobody waits for a line.
    std::chrono::microseconds linger = std::chrono::milliseconds(3);

    bool operator==(const BatchOptions&) const = default;
};

struct CourierOptions {
    std::string name;  // the sink's, in the configuration
    MatchOptions match;
    Form form = Form::line;
    bool from_start = true;  // where a sink that is new to the journal begins
    RetryOptions retry;
    bool durable_cursor = true;  // false under sync: never
    BatchOptions batch;
    std::chrono::microseconds save_interval = std::chrono::seconds(1);

    bool operator==(const CourierOptions&) const = default;
};

// What a courier reports about itself.
class CourierProbe {
  public:
    virtual ~CourierProbe() = default;
    virtual void trouble_began(const std::string& /*sink*/, const std::string& /*reason*/) {}
    // Trouble that only a person can end.
    virtual void held(const std::string& /*sink*/, const std::string& /*reason*/) {}
    virtual void trouble_ended(const std::string& /*sink*/, std::uint64_t /*attempts*/,
                               std::chrono::microseconds /*after*/) {}
    virtual void shed(const std::string& /*sink*/, const Gap& /*gap*/) {}
    virtual void refused(const std::string& /*sink*/, std::size_t /*count*/,
                         const RefusedLine& /*first*/) {}
    virtual void skipped(const std::string& /*sink*/, std::uint64_t /*up_to*/) {}
    virtual void errand_failed(const std::string& /*sink*/, const Error& /*error*/) {}
    virtual void errand_ended(const std::string& /*sink*/, const ErrandStatus& /*status*/) {}
    virtual void cursor_missing(const std::string& /*sink*/, const std::string& /*why*/,
                                std::uint64_t /*begins_at*/) {}
    virtual void cursor_not_saved(const std::string& /*sink*/, const Error& /*error*/) {}
};

struct CourierStatus {
    std::string state;         // delivering, idle, retrying, held, paused or orphaned
    std::uint64_t cursor = 0;  // the last number that is done with
    Ledger ledger;
    Instant last_instant;    // when the event at the cursor was journaled
    std::string last_error;  // empty: none since the last success
    std::vector<ConnectionStatus> connections;
    std::optional<ErrandStatus> errand;  // the one under way, or the last one
};

class Courier final : private Checkpoint {
  public:
    // JOURNAL, DEAD_LETTERS, CLOCK and PROBE outlive the courier.
    Courier(CourierOptions options, std::unique_ptr<Sink> sink, Journal& journal,
            DeadLetters& dead_letters, const Clock& clock, CourierProbe& probe);
    ~Courier() override;

    // Writes down where the sink begins, before the journal remembers that it knows it.
    Result<> save_first_cursor() { return save(); }
    // Begins to deliver on a thread of its own.
    void start();
    // From any thread: ends after what is in the journal now is delivered, at latest at DEADLINE,
    // and saves the cursor.
    void stop(std::chrono::steady_clock::time_point deadline);
    void join();
    // From any thread: the sink closes its files and opens them anew.
    void reopen();
    // From any thread: nothing is delivered until resume(), over restarts and reloads, too: that is
    // saved with the cursor. Events wait in the journal.
    void pause();
    void resume();
    // From any thread: gives up what the sink has not had yet, counted as skipped.
    void skip_to_end();
    // From any thread: carries ERRAND beside live delivery, batch by batch in turn. It does not
    // survive a stop. Fails while another one is under way.
    Result<> carry(std::unique_ptr<Errand> errand);
    // From any thread: forgets it after the batch at hand.
    void drop_errand();

    CourierStatus status() const;
    const std::string& name() const { return options_.name; }

  private:
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<bool> step();
    boost::asio::awaitable<void> send_off(std::span<const LineRun> runs);
    void fill(Flight& flight, std::span<const LineRun> runs);
    boost::asio::awaitable<void> fly(Flight& flight);
    boost::asio::awaitable<bool> send_until_settled(Flight& flight, BatchParts& parts);
    boost::asio::awaitable<bool> keep_refused(Flight& flight,
                                              const std::vector<RefusedLine>& lines);
    boost::asio::awaitable<void> step_errand();
    boost::asio::awaitable<void> fly_errand(Flight& flight);
    boost::asio::awaitable<bool> sync_errand(Flight& flight);
    boost::asio::awaitable<void> land();
    boost::asio::awaitable<void> wait_for_events();
    boost::asio::awaitable<void> rest();
    boost::asio::awaitable<void> sleep(boost::asio::steady_timer& timer,
                                       std::chrono::microseconds duration);
    std::uint64_t find_cursor();
    void shed(const Gap& gap);
    void skip();
    void move_cursor();
    void count_in_doubt(std::uint64_t lines);
    bool has_errand() const { return errand_ != nullptr && errand_flight_ == nullptr; }
    void publish_errand();
    void fail_errand(const Error& error);
    void end_errand();
    void enter_trouble(Flight& flight, const Outcome& outcome);
    void leave_trouble(Flight& flight, bool has_recovered);
    void wake();
    void set_state(const char* state, std::string error);
    bool needs_save() const {
        return status_.cursor != saved_cursor_ || is_paused_ != is_saved_paused_ || save_failed_;
    }
    std::chrono::microseconds until_save() const;
    void save_if_due();
    void save_now();
    Result<> save() override;
    Record cursor_record() const;
    void note_cursor();
    bool is_interrupted() const { return is_paused_ || skip_to_ || must_end(); }
    bool must_end() const;

    // Trouble with the destination, from the first attempt that failed to the one that did not.
    struct Trouble {
        std::size_t flights = 0;  // that are in it; 0: there is none
        bool is_held = false;
        std::uint64_t attempts = 0;
        std::chrono::steady_clock::time_point began;
    };

    const CourierOptions options_;
    boost::asio::io_context io_{1};  // outlives what waits on it
    std::unique_ptr<Sink> sink_;
    Journal& journal_;
    DeadLetters& dead_letters_;
    const Clock& clock_;
    CourierProbe& probe_;

    boost::asio::steady_timer timer_{io_};           // of run()
    boost::asio::steady_timer deadline_timer_{io_};  // of a stop
    AppendSignal signal_;
    Batcher batcher_;
    std::unique_ptr<TailReader> reader_;
    FlightRow flights_;
    std::size_t flying_ = 0;        // flights whose fly() has not ended
    bool must_land_ = false;        // a flight ended unsettled
    std::optional<Gap> gap_ahead_;  // met while a flight was filled
    std::unique_ptr<Errand> errand_;
    bool must_drop_errand_ = false;
    std::unique_ptr<Flight> errand_flight_;  // null: none is under way
    Trouble trouble_;
    bool is_resting_ = false;
    std::mt19937_64 random_{std::random_device{}()};
    std::uint64_t saved_cursor_ = 0;
    std::chrono::steady_clock::time_point saved_at_;
    bool save_failed_ = false;
    bool is_reader_failing_ = false;
    bool is_paused_ = false;
    bool is_saved_paused_ = false;
    std::optional<std::uint64_t> skip_to_;  // the last number to give up
    bool stopping_ = false;
    std::chrono::steady_clock::time_point deadline_;

    mutable std::mutex mutex_;  // guards status_
    CourierStatus status_;
    std::thread thread_;
};

}  // namespace eventfwd

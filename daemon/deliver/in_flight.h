// A batch that is in flight: between the journal and the courier's cursor. And the queue of those:
// the cursor follows its settled beginning and never leaps over a batch that is not settled.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "daemon/deliver/settled_ahead.h"
#include "sinks/sink.h"

namespace eventfwd {

// Owned by a queue and used on its courier's thread.
class InFlightBatch {
  public:
    explicit InFlightBatch(boost::asio::io_context& io) : timer(io) {}

    // Room for lines of so many bytes, so that what views them stays true.
    void reserve(std::size_t bytes) { lines_.reserve(bytes); }
    // RUNS, the last line of which was journaled at LAST, are what it carries: there, or copied
    // behind what it has.
    void cover(std::span<const LineRun> runs, Instant last);
    void take(std::span<const LineRun> runs, Instant last);
    std::span<const LineRun> runs() const { return runs_; }
    std::size_t bytes() const { return lines_.size(); }
    std::size_t count() const { return count_; }
    // Makes MADE, which was made of runs(), this batch's own.
    void keep(const Batch& made);
    // Behind the number of its last line for the sink; begin where it has none.
    std::uint64_t lines_end() const {
        if (is_settled) return lines_end_;
        return batch.sources.empty() ? begin : batch.sources.back().end_sequence();
    }
    // Every number of it is counted: what it carried is let go.
    void settle();
    // Takes in NEXT, the one behind it; both are settled.
    void join(const InFlightBatch& next);

    std::uint64_t begin = 0;  // numbers [begin, end)
    std::uint64_t end = 0;
    Instant instant;  // when the last one was journaled
    Batch batch;
    Ledger counts;                    // what its numbers are counted as, once it is settled
    bool is_settled = false;          // every number of it is counted
    boost::asio::steady_timer timer;  // what it waits for between attempts

  private:
    std::string lines_;
    std::vector<LineRun> runs_;  // of lines_, whole
    std::size_t count_ = 0;
    std::vector<LineRun> sources_;  // those that the batch holds
    std::vector<LineRun> rendered_runs_;
    std::string rendered_;
    std::uint64_t lines_end_ = 0;  // once it is settled
};

class InFlightQueue {
  public:
    InFlightBatch& add(std::unique_ptr<InFlightBatch> in_flight) {
        return *queue_.emplace_back(std::move(in_flight));
    }
    bool empty() const { return queue_.empty(); }
    // IN_FLIGHT is settled, and becomes one with the settled batches beside it: however much is
    // settled behind one that hangs, it takes no room. IN_FLIGHT may be gone after that.
    void settle(InFlightBatch& in_flight);
    // Takes the first batch out if it is settled, with those that became one with it; null
    // otherwise.
    std::unique_ptr<InFlightBatch> take_settled();
    // Forgets them all; those that are settled are in AHEAD then, before what is there.
    void clear(SettledAhead& ahead);

  private:
    std::deque<std::unique_ptr<InFlightBatch>> queue_;  // in the order of numbers
};

}  // namespace eventfwd

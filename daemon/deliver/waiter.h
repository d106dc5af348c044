// How a courier's thread waits: for events, for time to pass, and for calls from other threads.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>

#include "core/clock.h"
#include "daemon/deliver/wakeable_sleep.h"
#include "journal/journal.h"

namespace eventfwd {

// Used on its courier's thread, but for call().
class Waiter {
  public:
    using SteadyClock = std::chrono::steady_clock;

    // IO, JOURNAL and CLOCK outlive the waiter. LINGER: how long events may gather.
    Waiter(boost::asio::io_context& io, Journal& journal, const Clock& clock,
           std::chrono::microseconds linger);
    ~Waiter();

    // From any thread: ACT runs on the courier's thread as soon as that waits or is between two
    // batches.
    void call(std::move_only_function<void()> act);
    // Whether somebody has called since take_call().
    bool is_called() const { return is_called_; }
    bool take_call() { return is_called_.exchange(false); }

    // Ends the wait at hand.
    void wake() { timer_.cancel(); }
    // The same, but lets events go on gathering.
    void wake_unless_gathering();
    // No sleep goes beyond DEADLINE from now on.
    void set_deadline(SteadyClock::time_point deadline) { deadline_ = deadline; }

    // For DURATION, or until wake().
    boost::asio::awaitable<void> sleep(SteadyClock::duration duration);
    // Until wake(), also beyond the deadline.
    boost::asio::awaitable<void> until_woken();
    // Until something is appended at NEXT_SEQUENCE, wake(), or for DURATION.
    boost::asio::awaitable<void> until_appended(std::uint64_t next_sequence,
                                                SteadyClock::duration duration);
    // Lets events gather, where more than a few come, for LINGER or LONGEST: no append wakes before
    // half of LINGER is over.
    boost::asio::awaitable<void> gather(SteadyClock::duration longest);
    // The same, of the thread itself: spares a timer and the reactor some hundred times a second
    // where nothing else waits on this thread.
    void gather_on_thread(SteadyClock::duration longest);

  private:
    void arm_for_gathering();

    boost::asio::io_context& io_;
    Journal& journal_;
    const Clock& clock_;
    const std::chrono::microseconds linger_;
    boost::asio::steady_timer timer_;
    SteadyClock::time_point deadline_ = SteadyClock::time_point::max();
    bool is_gathering_ = false;
    std::atomic<bool> is_called_ = false;            // something waits at io_
    std::atomic<bool> is_thread_gathering_ = false;  // an append is to end sleep_
    WakeableSleep sleep_;
    AppendSignal signal_;
};

}  // namespace eventfwd

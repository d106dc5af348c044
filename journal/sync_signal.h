// Who waits until a number is on stable storage: HTTP requests before they are answered, marks of
// dead letters, acknowledgements asked for later. One sync of the journal serves all that wait.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

namespace eventfwd {

// Thread-safe. A sync that fails wakes no waiter: to those it is a sync that does not come in time.
class SyncSignal {
  public:
    using Ticket = std::uint64_t;
    using Callback = std::move_only_function<void()>;

    // The newest number on stable storage; under SyncPolicy::never the newest that is journaled.
    std::uint64_t reached() const { return reached_; }

    // Waits until NUMBER is reached; false where DEADLINE comes first. Blocks the calling thread.
    bool wait(std::uint64_t number, std::chrono::steady_clock::time_point deadline);

    // Calls CALLBACK once, when NUMBER is reached: on the thread that syncs, or now, on the calling
    // one, if it is reached already. Short, never blocking, called without any lock. A deadline is
    // the caller's own timer, which forgets the ticket.
    Ticket notify(std::uint64_t number, Callback callback);
    // True: the callback of TICKET has not been called, and never will be. False: it has been
    // called, or is being called at this moment.
    bool forget(Ticket ticket);

    // By the journal, without its lock: all up to NUMBER are on stable storage.
    void reach(std::uint64_t number);

  private:
    struct Waiter {
        Ticket ticket = 0;
        Callback callback;
    };
    std::vector<Waiter> take_reached();

    std::atomic<std::uint64_t> reached_ = 0;
    std::atomic<std::size_t> waiting_ = 0;  // threads and callbacks, so that reach() is cheap

    std::mutex mutex_;  // guards all below
    std::condition_variable changed_;
    std::multimap<std::uint64_t, Waiter> waiters_;  // by the number that they wait for
    Ticket last_ticket_ = 0;
};

}  // namespace eventfwd

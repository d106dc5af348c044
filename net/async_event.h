// Wakes coroutines that wait for something to change, each of them with a patience of its own.
#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <vector>

#include "net/await.h"

namespace eventfwd {

// Used on one thread; outlives those who wait.
class AsyncEvent {
  public:
    // Wakes every coroutine that waits.
    void notify_all() {
        for (boost::asio::steady_timer* const waiting : waiting_)
            waiting->cancel();
    }

    // Until notify_all(), or UNTIL.
    boost::asio::awaitable<void> wait(std::chrono::steady_clock::time_point until) {
        const auto executor = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer timer(executor, until);
        const Place place(waiting_, timer);
        co_await timer.async_wait(kToken);
    }

  private:
    using Waiting = std::vector<boost::asio::steady_timer*>;
    // Among those who wait, for as long as it lives.
    class Place {
      public:
        Place(Waiting& waiting, boost::asio::steady_timer& timer)
            : waiting_(waiting), timer_(timer) {
            waiting_.push_back(&timer_);
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() { std::erase(waiting_, &timer_); }

      private:
        Waiting& waiting_;
        boost::asio::steady_timer& timer_;
    };

    Waiting waiting_;
};

}  // namespace eventfwd

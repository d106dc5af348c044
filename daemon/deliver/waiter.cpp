#include "daemon/deliver/waiter.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "net/await.h"

namespace eventfwd {

namespace asio = boost::asio;

Waiter::Waiter(asio::io_context& io, Journal& journal, const Clock& clock,
               std::chrono::microseconds linger)
    : io_(io), journal_(journal), clock_(clock), linger_(linger), timer_(io), signal_([this] {
          if (is_thread_gathering_) return sleep_.end();
          asio::post(io_, [this] { timer_.cancel(); });
      }) {
    journal_.add_signal(signal_);
}

Waiter::~Waiter() {
    journal_.remove_signal(signal_);
}

void Waiter::call(std::move_only_function<void()> act) {
    asio::post(io_, std::move(act));
    is_called_ = true;
    sleep_.end();
}

void Waiter::wake_unless_gathering() {
    if (!is_gathering_) wake();
}

asio::awaitable<void> Waiter::sleep(SteadyClock::duration duration) {
    timer_.expires_at(std::min(SteadyClock::now() + duration, deadline_));
    co_await timer_.async_wait(kToken);
}

asio::awaitable<void> Waiter::until_woken() {
    timer_.expires_after(kForever);
    co_await timer_.async_wait(kToken);
}

// Armed before the question: what is appended in between ends the sleep.
asio::awaitable<void> Waiter::until_appended(std::uint64_t next_sequence,
                                             SteadyClock::duration duration) {
    signal_.arm();
    if (journal_.end().next_sequence == next_sequence) co_await sleep(duration);
    signal_.disarm();
}

void Waiter::arm_for_gathering() {
    signal_.arm(clock_.now() + linger_ / 2);
}

asio::awaitable<void> Waiter::gather(SteadyClock::duration longest) {
    is_gathering_ = true;
    arm_for_gathering();
    co_await sleep(std::min<SteadyClock::duration>(linger_, longest));
    signal_.disarm();
    is_gathering_ = false;
}

void Waiter::gather_on_thread(SteadyClock::duration longest) {
    is_thread_gathering_ = true;
    arm_for_gathering();
    sleep_.sleep_for(
        std::min(linger_, std::chrono::duration_cast<std::chrono::microseconds>(longest)));
    signal_.disarm();
    is_thread_gathering_ = false;
}

}  // namespace eventfwd

#include "journal/sync_signal.h"

#include <algorithm>

namespace eventfwd {

// Who waits counts itself before it looks at reached_, and reach() changes that before it looks for
// who waits: one of the two sees the other.
bool SyncSignal::wait(std::uint64_t number, std::chrono::steady_clock::time_point deadline) {
    if (number <= reached_) return true;
    std::unique_lock lock(mutex_);
    ++waiting_;
    const bool is_reached = changed_.wait_until(lock, deadline, [&] { return number <= reached_; });
    --waiting_;
    return is_reached;
}

SyncSignal::Ticket SyncSignal::notify(std::uint64_t number, Callback callback) {
    std::vector<Waiter> due;
    Ticket ticket = 0;
    {
        const std::lock_guard lock(mutex_);
        ticket = ++last_ticket_;
        waiters_.emplace(number, Waiter{ticket, std::move(callback)});
        ++waiting_;
        if (number <= reached_) due = take_reached();
    }
    for (Waiter& waiter : due)
        waiter.callback();
    return ticket;
}

bool SyncSignal::forget(Ticket ticket) {
    Callback forgotten;  // destroyed without the lock
    const std::lock_guard lock(mutex_);
    const auto waiter = std::ranges::find_if(
        waiters_, [&](const auto& entry) { return entry.second.ticket == ticket; });
    if (waiter == waiters_.end()) return false;
    forgotten = std::move(waiter->second.callback);
    waiters_.erase(waiter);
    --waiting_;
    return true;
}

void SyncSignal::reach(std::uint64_t number) {
    std::uint64_t before = reached_;
    while (before < number && !reached_.compare_exchange_weak(before, number)) {
    }
    if (before >= number || waiting_ == 0) return;
    std::vector<Waiter> due;
    {
        const std::lock_guard lock(mutex_);
        due = take_reached();
        changed_.notify_all();
    }
    for (Waiter& waiter : due)
        waiter.callback();
}

// The waiters whose number is reached, in the order of their numbers. The mutex is held.
std::vector<SyncSignal::Waiter> SyncSignal::take_reached() {
    std::vector<Waiter> due;
    const auto end = waiters_.upper_bound(reached_);
    for (auto waiter = waiters_.begin(); waiter != end; ++waiter)
        due.push_back(std::move(waiter->second));
    waiters_.erase(waiters_.begin(), end);
    waiting_ -= due.size();
    return due;
}

}  // namespace eventfwd

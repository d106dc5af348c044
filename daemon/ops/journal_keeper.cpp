#include "daemon/ops/journal_keeper.h"

#include <pthread.h>

namespace eventfwd {
namespace {

// Between rounds where the policy has no interval of its own.
constexpr auto kChoresInterval = std::chrono::seconds(1);
// After the last event, cursors are still on their way: so many rounds more, then sleep.
constexpr int kQuietRounds = 3;

}  // namespace

JournalKeeper::JournalKeeper(Journal& journal, std::function<void()> also)
    : journal_(journal), also_(std::move(also)), signal_([this] {
          const std::lock_guard lock(mutex_);
          has_news_ = true;
          changed_.notify_one();
      }) {
    journal_.add_signal(signal_);
}

JournalKeeper::~JournalKeeper() {
    stop();
    journal_.remove_signal(signal_);
}

void JournalKeeper::start() {
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "journal");
        run();
    });
}

void JournalKeeper::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
}

void JournalKeeper::run() {
    int quiet_rounds = 0;
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
        wait(lock, quiet_rounds >= kQuietRounds);
        lock.unlock();
        quiet_rounds = journal_.needs_sync() ? 0 : quiet_rounds + 1;
        // A failure has been told by the journal's probe; the next round tries again.
        has_failed_ = !journal_.sync();
        journal_.maintain();
        also_();
        lock.lock();
    }
}

void JournalKeeper::wait(std::unique_lock<std::mutex>& lock, bool is_quiet) {
    const auto woken = [this] { return has_news_ || is_stopping_; };
    const SyncPolicy policy = journal_.sync_policy();
    has_news_ = false;
    if (has_failed_) {  // what is left to sync must not keep this thread spinning
        changed_.wait_for(lock, kChoresInterval, [this] { return is_stopping_; });
        return;
    }
    if (is_quiet || policy.when == SyncPolicy::When::always) {
        signal_.arm();
        // Asked without our lock: an append holds the journal's when it fires the signal.
        lock.unlock();
        const bool has_work = journal_.needs_sync();
        lock.lock();
        if (has_work) return;
        if (is_quiet) {
            changed_.wait(lock, woken);
        } else {
            changed_.wait_for(lock, kChoresInterval, woken);
        }
        if (policy.when == SyncPolicy::When::always || is_stopping_) return;
    }
    const auto interval = policy.when == SyncPolicy::When::every
                              ? policy.interval
                              : std::chrono::microseconds(kChoresInterval);
    changed_.wait_for(lock, interval, [this] { return is_stopping_; });
}

}  // namespace eventfwd

#include "daemon/upkeep/journal_maintenance.h"

#include <algorithm>

#include "core/thread.h"

namespace eventfwd {
namespace {

// Between rounds, where no sync is due sooner.
constexpr std::chrono::microseconds kChoresInterval = std::chrono::seconds(1);
// Between rounds while the disk is full: every append that is refused asks for one.
constexpr auto kFullDiskInterval = std::chrono::milliseconds(100);
// After the last event, cursors are still on their way: rounds go on for so long, then sleep.
constexpr auto kQuietAfter = std::chrono::seconds(3);

}  // namespace

JournalMaintenance::JournalMaintenance(Journal& journal, std::function<void()> also)
    : journal_(journal),
      also_(std::move(also)),
      signal_([this] {
          const std::lock_guard lock(mutex_);
          has_news_ = true;
          changed_.notify_one();
      }),
      drop_signal_([this] {
          const std::lock_guard lock(mutex_);
          has_drops_ = true;
          changed_.notify_one();
      }) {
    journal_.add_signal(signal_);
    journal_.set_drop_signal(&drop_signal_);
}

JournalMaintenance::~JournalMaintenance() {
    stop();
    journal_.set_drop_signal(nullptr);
    journal_.remove_signal(signal_);
}

void JournalMaintenance::start() {
    thread_ = std::thread([this] {
        name_this_thread("journal");
        run();
    });
}

void JournalMaintenance::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
}

void JournalMaintenance::run() {
    auto busy_at = std::chrono::steady_clock::now();
    auto synced_at = busy_at;
    SyncPolicy policy = journal_.sync_policy();
    drop_signal_.arm();
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
        wait(lock, policy, std::chrono::steady_clock::now() - busy_at >= kQuietAfter);
        has_drops_ = false;
        lock.unlock();
        drop_signal_.arm();
        if (journal_.needs_sync()) busy_at = std::chrono::steady_clock::now();
        const bool is_due = policy.when != SyncPolicy::When::every || has_failed_ ||
                            std::chrono::steady_clock::now() - synced_at >= policy.interval;
        if (is_due) {
            // A failure has been told by the journal's probe; the next round tries again.
            has_failed_ = !journal_.sync();
            synced_at = std::chrono::steady_clock::now();
        }
        journal_.maintain();
        also_();
        policy = journal_.sync_policy();
        lock.lock();
    }
}

void JournalMaintenance::wait(std::unique_lock<std::mutex>& lock, const SyncPolicy& policy,
                              bool is_quiet) {
    const auto has_to_go_on = [this] { return has_drops_ || is_stopping_; };
    const auto woken = [&] { return has_news_ || has_to_go_on(); };
    has_news_ = false;
    if (journal_.is_disk_full()) {
        changed_.wait_for(lock, kFullDiskInterval, [this] { return is_stopping_; });
        return;
    }
    if (has_failed_) {  // what is left to sync must not keep this thread spinning
        changed_.wait_for(lock, kChoresInterval, has_to_go_on);
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
                              ? std::min(policy.interval, kChoresInterval)
                              : kChoresInterval;
    changed_.wait_for(lock, interval, has_to_go_on);
}

}  // namespace eventfwd

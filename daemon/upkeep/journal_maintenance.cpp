#include "daemon/upkeep/journal_maintenance.h"

#include <algorithm>
#include <utility>

#include "core/thread.h"

namespace eventfwd {
namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

JournalMaintenance::JournalMaintenance(Journal& journal, JournalProbe& probe,
                                       std::vector<Task> tasks, MaintenanceOptions options)
    : options_(options),
      journal_(journal),
      probe_(probe),
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
    for (Task& task : tasks)
        tasks_.push_back({std::move(task), {}});
    journal_.add_signal(signal_);
    journal_.set_drop_signal(&drop_signal_);
    journal_.cursors().set_moved([this] { wake(); });
}

JournalMaintenance::~JournalMaintenance() {
    stop();
    journal_.cursors().set_moved({});
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

void JournalMaintenance::maintain() {
    journal_.maintain();
    for (Watched& each : tasks_) {
        each.edge.note(
            each.task(), [this](const Error& error) { probe_.maintenance_failed(error); },
            [this] { probe_.maintenance_recovered(); });
    }
}

// Either this sees that the thread sleeps, or the thread sees that it is wanted before it does.
void JournalMaintenance::wake() {
    is_wanted_ = true;
    if (!is_asleep_) return;
    const std::lock_guard lock(mutex_);
    changed_.notify_one();
}

// A sync can be due many times a second; maintenance is not, but for segments that must go.
void JournalMaintenance::run() {
    auto busy_at = SteadyClock::now();
    auto maintained_at = SteadyClock::time_point();
    synced_at_ = busy_at;
    SyncPolicy policy = journal_.sync_policy();
    drop_signal_.arm();
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
        wait(lock, policy, SteadyClock::now() - busy_at >= options_.quiet_after);
        const bool has_drops = std::exchange(has_drops_, false);
        lock.unlock();
        policy = journal_.sync_policy();  // a reload may have changed it meanwhile
        drop_signal_.arm();
        if (journal_.needs_sync()) busy_at = SteadyClock::now();
        sync(policy);
        const auto now = SteadyClock::now();
        if (has_drops || journal_.is_disk_full() || now - maintained_at >= options_.interval) {
            maintained_at = now;
            is_wanted_ = false;
            maintain();
        }
        lock.lock();
    }
}

// A failure has been reported by the journal; the next round tries again.
void JournalMaintenance::sync(const SyncPolicy& policy) {
    const bool is_due = policy.when != SyncPolicy::When::every || has_failed_ ||
                        SteadyClock::now() - synced_at_ >= policy.interval;
    if (!is_due) return;
    has_failed_ = !journal_.sync();
    synced_at_ = SteadyClock::now();
}

void JournalMaintenance::wait(std::unique_lock<std::mutex>& lock, const SyncPolicy& policy,
                              bool is_quiet) {
    const auto must_go_on = [this] { return has_drops_ || is_stopping_; };
    const auto is_woken = [&] { return has_news_ || must_go_on(); };
    has_news_ = false;
    if (journal_.is_disk_full()) {
        changed_.wait_for(lock, options_.full_disk_interval, [this] { return is_stopping_; });
        return;
    }
    if (has_failed_) {  // what is left to sync must not keep this thread spinning
        changed_.wait_for(lock, options_.interval, must_go_on);
        return;
    }
    if (is_quiet || policy.when == SyncPolicy::When::always) {
        signal_.arm();
        // Asked without our lock: an append holds the journal's when it fires the signal.
        lock.unlock();
        const bool has_work = journal_.needs_sync();
        lock.lock();
        if (has_work) return;
        if (is_quiet && !is_wanted_) {
            is_asleep_ = true;
            changed_.wait(lock, [&] { return is_woken() || is_wanted_; });
            is_asleep_ = false;
        } else {
            changed_.wait_for(lock, options_.interval, is_woken);
        }
        if (policy.when == SyncPolicy::When::always || is_stopping_) return;
    }
    const auto interval = policy.when == SyncPolicy::When::every
                              ? std::min(policy.interval, options_.interval)
                              : options_.interval;
    changed_.wait_for(lock, interval, must_go_on);
}

}  // namespace eventfwd

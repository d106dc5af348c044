// The journal's own thread: syncs what was appended, by the policy in force, and does what must not
// keep an input waiting. Sleeps for as long as nothing is appended.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/failure_edge.h"
#include "daemon/upkeep/maintenance_options.h"
#include "journal/journal.h"

namespace eventfwd {

class JournalMaintenance {
  public:
    // Done about once a second, on the thread, behind a sync. A failure is reported once until it
    // ends.
    using Task = std::function<Result<>()>;

    // JOURNAL and PROBE outlive this.
    JournalMaintenance(Journal& journal, JournalProbe& probe, std::vector<Task> tasks,
                       MaintenanceOptions options = {});
    ~JournalMaintenance();

    void start();
    // Ends the thread. maintain() may be called by another one then.
    void stop();
    // Removes what the journal need not keep, and does the tasks.
    void maintain();
    // From any thread: there is something to maintain, though nothing was appended. Cheap while the
    // thread is awake.
    void wake();

  private:
    struct Watched {
        Task task;
        FailureEdge edge;
    };

    void run();
    void sync(const SyncPolicy& policy);
    void wait(std::unique_lock<std::mutex>& lock, const SyncPolicy& policy, bool is_quiet);

    const MaintenanceOptions options_;
    Journal& journal_;
    JournalProbe& probe_;
    std::vector<Watched> tasks_;
    AppendSignal signal_;
    AppendSignal drop_signal_;

    // The thread's own.
    std::chrono::steady_clock::time_point synced_at_;
    bool has_failed_ = false;  // the last sync

    std::atomic<bool> is_wanted_ = false;  // something waits for the next maintenance
    std::atomic<bool> is_asleep_ = false;  // until something comes

    std::mutex mutex_;  // guards the three below; the journal's is never taken under it
    std::condition_variable changed_;
    bool is_stopping_ = false;
    bool has_news_ = false;
    bool has_drops_ = false;  // segments to remove, which take disk space beyond max_size
    std::thread thread_;
};

}  // namespace eventfwd

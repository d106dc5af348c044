// The journal's own thread: syncs what was appended, by the policy in force, and does the chores
// that must not keep an input waiting. Sleeps for as long as nothing is appended.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "journal/journal.h"

namespace eventfwd {

class JournalMaintenance {
  public:
    // JOURNAL outlives the keeper. ALSO is called after each round, for chores of others.
    JournalMaintenance(Journal& journal, std::function<void()> also);
    ~JournalMaintenance();

    void start();
    void stop();

  private:
    void run();
    void wait(std::unique_lock<std::mutex>& lock, const SyncPolicy& policy, bool is_quiet);

    Journal& journal_;
    std::function<void()> also_;
    AppendSignal signal_;
    AppendSignal drop_signal_;
    std::mutex mutex_;  // guards the three below; the journal's is never taken under it
    std::condition_variable changed_;
    bool is_stopping_ = false;
    bool has_news_ = false;
    bool has_drops_ = false;   // segments to remove, which take disk space beyond max_size
    bool has_failed_ = false;  // the last sync; the thread's own
    std::thread thread_;
};

}  // namespace eventfwd

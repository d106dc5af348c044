// A sleep of one thread that any other can end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace eventfwd {

// A sleep that only another thread ends.
constexpr std::chrono::steady_clock::duration kForever = std::chrono::hours(24);

class WakeableSleep {
  public:
    // Ends after LONGEST, or at end(), which is remembered where it comes before the sleep.
    void sleep_for(std::chrono::microseconds longest) {
        std::unique_lock lock(mutex_);
        ended_.wait_for(lock, longest, [this] { return is_ended_; });
        is_ended_ = false;
    }
    void end() {
        {
            const std::lock_guard lock(mutex_);
            is_ended_ = true;
        }
        ended_.notify_one();  // behind the lock: who wakes up would only wait for it
    }

  private:
    std::mutex mutex_;
    std::condition_variable ended_;
    bool is_ended_ = false;
};

}  // namespace eventfwd

// The crash test: a process loads a journal and is killed at a random instant; what is found then
// is held against what it had said; and again, until the time is over. The last life is an orderly
// one.
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <random>

#include "core/unique_fd.h"
#include "daemon/torture/torture_checker.h"

namespace eventfwd {

class Torture {
  public:
    // INTERRUPTED, set by a signal's handler, outlives this. The process has no other threads, for
    // it will fork.
    Torture(const TortureOptions& options, const volatile std::sig_atomic_t& interrupted)
        : options_(options),
          interrupted_(interrupted),
          checker_(options_, files_),
          random_(options.seed) {}

    // Until SECONDS are over, a promise is broken, or somebody interrupts. PROGRESS is called after
    // every kill with the part of the time that is over.
    void run(std::chrono::seconds seconds, const std::function<void(double part)>& progress);

    const TortureChecker& checker() const { return checker_; }
    std::uint64_t kills() const { return kills_; }
    std::uint64_t recoveries() const { return recoveries_; }
    std::chrono::microseconds slowest_recovery() const { return slowest_recovery_; }

  private:
    // A child and the pipe through which it tells of itself.
    struct Life {
        pid_t pid = -1;
        UniqueFd pipe;
    };

    Result<Life> begin(bool is_last);
    void live_and_die();
    void live_to_the_end();
    std::chrono::microseconds choose_age();
    void listen(const Life& life, std::chrono::steady_clock::time_point deadline);
    void hear(const LoaderMessage& message);

    const TortureOptions options_;
    const volatile std::sig_atomic_t& interrupted_;
    PosixFileSystem files_;
    TortureChecker checker_;
    std::mt19937_64 random_;
    std::uint32_t lives_ = 0;
    std::uint64_t kills_ = 0;
    std::uint64_t recoveries_ = 0;
    std::chrono::microseconds slowest_recovery_{0};
};

}  // namespace eventfwd

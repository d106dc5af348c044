// Work beside delivery, of one kind, on one path each: a rotation, say. Where it fails, delivery
// goes on; it is tried again after a while, and its failure is reported once until it succeeds.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "core/result.h"

namespace eventfwd {

// What becomes of chores, for the log.
class ChoreProbe {
  public:
    virtual ~ChoreProbe() = default;
    // WHAT completes "PATH is not …". Once until chore_recovered.
    virtual void chore_failed(const std::string& /*path*/, std::string_view /*what*/,
                              const Error& /*error*/) {}
    virtual void chore_recovered(const std::string& /*path*/, std::string_view /*what*/) {}
};

// Used on one thread.
class Chores {
  public:
    // WHAT is a literal; PROBE outlives the chores.
    Chores(std::string_view what, std::chrono::microseconds interval, ChoreProbe& probe)
        : what_(what), interval_(interval), probe_(probe) {}

    // Whether to try now: not for a while behind a failure.
    bool may_try(const std::string& path) const;
    // Whether it has failed, and is to be tried again.
    bool must_retry(const std::string& path) const;
    // What came of one more try.
    void note(const std::string& path, const Result<>& tried);
    // Tries again what has failed, whenever that was.
    void retry_now();

  private:
    using SteadyClock = std::chrono::steady_clock;

    const std::string_view what_;
    const std::chrono::microseconds interval_;
    ChoreProbe& probe_;
    std::map<std::string, SteadyClock::time_point> failing_;  // by path, when to try again
};

}  // namespace eventfwd

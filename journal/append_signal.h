// Wakes one reader that waits for events to come. The reader arms it, and one append fires it: the
// first one, or the first after an instant until which the reader lets events gather, so that it
// wakes up right behind an append and not somewhere between two.
#pragma once

#include <atomic>
#include <functional>

#include "core/clock.h"

namespace eventfwd {

class AppendSignal {
  public:
    // WAKE is called on an appending thread; short, never blocking.
    explicit AppendSignal(std::function<void()> wake) : wake_(std::move(wake)) {}

    // By the reader's thread: the next append at or after NOT_BEFORE fires.
    void arm(Instant not_before = Instant::min()) { armed_from_.store(not_before); }
    void disarm() { armed_from_.store(kNever); }

    // By an appending thread, at NOW.
    void fire(Instant now) {
        Instant from = armed_from_.load();
        if (from <= now && armed_from_.compare_exchange_strong(from, kNever)) wake_();
    }

  private:
    static constexpr Instant kNever = Instant::max();

    std::atomic<Instant> armed_from_ = kNever;
    std::function<void()> wake_;
};

}  // namespace eventfwd

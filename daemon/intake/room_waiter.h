// Waits for room in the journal: a full journal stops a datagram input here, and with it its sender
// or, over UDP, the kernel's buffer.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "daemon/intake/intake_probe.h"

namespace eventfwd {

class RoomWaiter {
  public:
    // PROBE outlives the waiter.
    RoomWaiter(std::string input, IntakeProbe& probe) : input_(std::move(input)), probe_(probe) {}

    // Calls APPEND, which gives a Result, until it succeeds or waiting is over. What it gave last.
    template <class Append>
    auto append(Append&& append) {
        auto appended = append();
        if (appended || is_over()) return appended;
        probe_.journal_full(input_, appended.error());
        is_waiting_ = true;
        while (!appended && !is_over_after_pause())
            appended = append();
        is_waiting_ = false;
        if (appended) probe_.journal_has_room(input_);
        return appended;
    }

    // From any thread: whether lines are held because the journal takes none.
    bool is_waiting() const { return is_waiting_; }

    // From any thread: there is no waiting any more.
    void halt();
    bool is_halted() const;
    // From any thread: there is waiting until DEADLINE, and no longer.
    void stop(std::chrono::steady_clock::time_point deadline);

  private:
    bool is_over() const;
    bool is_over_after_pause();
    bool has_ended() const;

    const std::string input_;
    IntakeProbe& probe_;
    std::atomic<bool> is_waiting_ = false;
    mutable std::mutex mutex_;  // guards all below
    std::condition_variable changed_;
    bool is_halted_ = false;
    std::optional<std::chrono::steady_clock::time_point> deadline_;
};

}  // namespace eventfwd

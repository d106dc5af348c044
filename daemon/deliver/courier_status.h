// What a courier shows of itself, and the board that it stands on: read by any thread, written by
// the courier's alone, but for a redelivery, which is announced by the thread that brings it.
#pragma once

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/deliver/ledger.h"
#include "daemon/deliver/redelivery.h"
#include "daemon/deliver/settled_ahead.h"
#include "sinks/sink.h"

namespace eventfwd {

enum class SinkState {
    idle,        // nothing is pending
    delivering,  // batches are in flight, or were just now
    retrying,    // the last attempt failed; the next one comes by itself
    held,        // the same, until a person changes something
    paused,      // by an operator
    orphaned,    // no longer configured
};

constexpr std::string_view name_of(SinkState state) {
    constexpr std::string_view kNames[] = {"idle", "delivering", "retrying",
                                           "held", "paused",     "orphaned"};
    return kNames[static_cast<std::size_t>(state)];
}

struct CourierStatus {
    SinkState state = SinkState::idle;
    std::uint64_t cursor = 0;                   // every number up to it is settled
    std::uint64_t settled_ahead = 0;            // numbers beyond it that are settled, and counted
    bool is_reading = false;                    // just now; read_to grows
    std::uint64_t read_to = 0;                  // numbers above it are in the journal only,
    std::vector<SequenceRange> ahead;           // but for these, which are settled
    std::uint64_t durable = 0;                  // what a crash of this machine leaves of the cursor
    Ledger ledger;                              // of all that is settled
    Instant last_instant;                       // what is pending was journaled after this
    std::string last_error;                     // empty: none since the last success
    std::vector<ConnectionStatus> connections;  // as they were when something last changed here
    std::optional<RedeliveryStatus> redelivery;  // the one under way, or the last one

    // What SETTLED says is settled.
    void set_ahead(const SettledAhead& settled) {
        ahead.clear();
        for (const SettledAhead::Run& run : settled.runs())
            ahead.push_back(run.numbers);
    }

    // How many numbers up to LAST, the journal's newest, are not settled.
    std::uint64_t pending(std::uint64_t last) const {
        const std::uint64_t behind = std::max(last, cursor) - cursor;
        return behind - std::min(behind, settled_ahead);
    }
};

class StatusBoard {
  public:
    // From any thread.
    CourierStatus read() const {
        const std::lock_guard lock(mutex_);
        return status_;
    }
    // On the courier's thread; not for the redelivery.
    const CourierStatus& own() const { return status_; }

    // CHANGE is called with the status, for itself; what it returns is returned. An effect that
    // others can see, as a dead letter, is made within the call that counts it: a snapshot never
    // shows the one without the other.
    template <class Change>
    auto change(Change change) {
        const std::lock_guard lock(mutex_);
        return change(status_);
    }
    void set_state(SinkState state, std::string error, const Sink& sink) {
        change([&](CourierStatus& status) {
            status.state = state;
            status.last_error = std::move(error);
            status.connections = sink.connections();
        });
    }
    void count_in_doubt(std::uint64_t lines) {
        if (lines > 0) change([&](CourierStatus& status) { status.ledger.in_doubt += lines; });
    }

  private:
    mutable std::mutex mutex_;
    CourierStatus status_;
};

}  // namespace eventfwd

// What a courier shows of itself, and the board that it stands on: read by any thread, written by
// the courier's alone, but for a redelivery, which is announced by whoever brings it.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/deliver/ledger.h"
#include "daemon/deliver/redelivery.h"
#include "sinks/sink.h"

namespace eventfwd {

struct CourierStatus {
    std::string state;         // delivering, idle, retrying, held, paused or orphaned
    std::uint64_t cursor = 0;  // the last number that is done with
    Ledger ledger;
    Instant last_instant;                        // whatever is pending was journaled after this
    std::string last_error;                      // empty: none since the last success
    std::vector<ConnectionStatus> connections;   // as they were when something last changed here
    std::optional<RedeliveryStatus> redelivery;  // the one under way, or the last one
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

    // CHANGE is called with the status, for itself; what it returns is returned.
    template <class Change>
    auto change(Change change) {
        const std::lock_guard lock(mutex_);
        return change(status_);
    }
    void set_state(const char* state, std::string error, const Sink& sink) {
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

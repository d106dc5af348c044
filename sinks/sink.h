// What a courier knows of a destination. A sink does not retry and keeps no queue: it is given a
// batch, tries once, and answers how that ended. The courier decides what comes of it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/record_file.h"
#include "core/result.h"
#include "sinks/batch.h"
#include "sinks/outcome.h"

namespace eventfwd {

// One connection of a sink, for the status.
struct ConnectionStatus {
    std::string peer;   // as it is configured: a URL, an address
    std::string state;  // connected, connecting, backed off, …
    std::string last_error;
};

// Saves the courier's cursor as it stands before the batch at hand, with the sink's state.
class Checkpoint {
  public:
    virtual ~Checkpoint() = default;
    virtual Result<> save() = 0;
};

// Owned by one courier and used on its thread alone; its coroutines run on the courier's executor.
class Sink {
  public:
    virtual ~Sink() = default;

    virtual boost::asio::awaitable<Outcome> send(const Batch& batch, Checkpoint& checkpoint) = 0;

    // What the last send() brought is settled to its last line: the cursor goes past it.
    virtual void settle() {}
    // The numbers [BEGIN, END), up to the one that was journaled at JOURNALED_AT, have no lines for
    // this sink: filtered, shed or skipped. In order with the batches. For a sink that keeps a
    // position of its own; one that takes several batches at once hears only of the last of them.
    virtual void pass(std::uint64_t /*begin*/, std::uint64_t /*end*/, Instant /*journaled_at*/) {}

    // How many calls of send() may be under way at once; above one, it may change between two of
    // them, and batches can arrive in another order.
    virtual std::size_t in_flight_max() const { return 1; }
    // Whether send() never suspends: it is over when it returns.
    virtual bool is_blocking() const { return false; }
    // Whether what was delivered is out of this machine's hands: then the cursor is noted whenever
    // it moves, ahead of what is durable here, and a kill costs the batches in flight, and what has
    // arrived behind them, alone.
    virtual bool is_remote() const { return false; }

    // Makes durable what can be made so now: the cursor is about to vouch for it.
    virtual Result<> sync() { return {}; }
    // The last number that survives a crash of this machine, of a sink that keeps a position of its
    // own. Nothing for all others: what is settled is durable there once sync() has succeeded.
    virtual std::optional<std::uint64_t> durable() const { return std::nullopt; }

    // Adds to a cursor what the sink needs to go on from exactly there.
    virtual void save_state(Record& /*cursor*/) const {}
    // Takes it back, before the first batch.
    virtual void restore_state(const Record& /*cursor*/) {}
    // SIGHUP: closes what it has open and opens it anew when it is needed.
    virtual void reopen() {}
    // Ends what send() waits for as soon as it can: the courier's time is up.
    virtual void abandon() {}
    virtual std::vector<ConnectionStatus> connections() const { return {}; }
};

}  // namespace eventfwd

// What a courier knows of a destination. A sink does not retry and keeps no queue: it is given a
// batch, tries once, and answers how that ended. The courier decides what comes of it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/line_run.h"
#include "core/record_file.h"
#include "core/result.h"

namespace eventfwd {

// Lines to deliver, in order: already filtered by the sink's match and in its format. The numbers
// of runs ascend and may have holes. Views live until send() is over.
struct Batch {
    std::span<const LineRun> runs;
    std::span<const LineRun> sources;  // the same lines as the journal has them, in the same order
    std::size_t count = 0;             // lines in all runs
    bool is_replay = false;            // asked for by an operator, beside live delivery

    std::size_t bytes() const {
        std::size_t sum = 0;
        for (const LineRun& run : runs)
            sum += run.lines.size();
        return sum;
    }
};

// A line that the destination will never take.
struct RefusedLine {
    std::size_t index = 0;  // in the batch, from 0
    std::string reason;     // one word with underscores, for the dead letters
    std::string text;       // what the destination said
};

struct Outcome {
    enum class Kind {
        delivered,  // all of the batch, but for what is in refused
        try_again,  // not now, by nobody's fault here
        hold,       // not until a person changes something: credentials, an index, a certificate
        reject,  // never as it is, because of the line at culprit; where that is unknown, of some
    };
    Kind kind = Kind::delivered;
    std::string reason;  // of try_again and hold, in words for the log and the status; of reject as
                         // in RefusedLine
    std::string text;    // of reject: what the destination said
    std::optional<std::size_t> culprit;              // of reject: index of a line in the batch
    std::optional<std::chrono::microseconds> after;  // of try_again: the destination's own wish
    std::size_t settled = 0;           // of try_again and hold: so many lines from the beginning
                                       // were delivered all the same and do not come again
    std::size_t in_doubt = 0;          // lines that may arrive, or may have arrived, twice
    std::vector<RefusedLine> refused;  // of delivered; ascending

    static Outcome delivered() { return {}; }
    static Outcome try_again(std::string reason) {
        Outcome outcome;
        outcome.kind = Kind::try_again;
        outcome.reason = std::move(reason);
        return outcome;
    }
    static Outcome hold(std::string reason) {
        Outcome outcome;
        outcome.kind = Kind::hold;
        outcome.reason = std::move(reason);
        return outcome;
    }
    static Outcome reject(std::string reason, std::string text,
                          std::optional<std::size_t> culprit = {}) {
        Outcome outcome;
        outcome.kind = Kind::reject;
        outcome.reason = std::move(reason);
        outcome.text = std::move(text);
        outcome.culprit = culprit;
        return outcome;
    }
};

// One connection of a sink, for the status.
struct ConnectionStatus {
    std::string peer;   // as it is configured: a URL, an address
    std::string state;  // connected, connecting, resting after trouble, …
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

    // How many calls of send() may be under way at once. Above one, batches can arrive in another
    // order.
    virtual std::size_t in_flight_max() const { return 1; }
    // Whether send() never suspends: it is over when it returns.
    virtual bool is_blocking() const { return false; }
    // Whether what was delivered is out of this machine's hands: then the cursor is noted whenever
    // it moves, ahead of what is durable here, and a kill costs the batches in in_flight, and what
    // has arrived behind them, alone.
    virtual bool is_remote() const { return false; }
    // Makes durable what the cursor is about to vouch for.
    virtual Result<> sync() { return {}; }
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

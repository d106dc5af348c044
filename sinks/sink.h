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
        delivered,  // all of the batch, but for what is refused
        try_again,  // none of it, or a part that the sink will not deliver twice when it comes
                    // again
    };
    Kind kind = Kind::delivered;
    std::string reason;                // of try_again, in words for the log and the status
    std::vector<RefusedLine> refused;  // of delivered; ascending

    static Outcome delivered() { return {}; }
    static Outcome try_again(std::string reason) {
        return {Kind::try_again, std::move(reason), {}};
    }
};

// Saves the courier's cursor as it stands before the batch at hand, with the sink's state.
class Checkpoint {
  public:
    virtual ~Checkpoint() = default;
    virtual Result<> save() = 0;
};

// Owned by one courier and used on its thread alone.
class Sink {
  public:
    virtual ~Sink() = default;

    virtual boost::asio::awaitable<Outcome> send(const Batch& batch, Checkpoint& checkpoint) = 0;

    // Makes durable what the cursor is about to vouch for.
    virtual Result<> sync() { return {}; }
    // Adds to a cursor what the sink needs to go on from exactly there.
    virtual void save_state(Record& /*cursor*/) const {}
    // Takes it back, before the first batch.
    virtual void restore_state(const Record& /*cursor*/) {}
    // SIGHUP: closes what it has open and opens it anew when it is needed.
    virtual void reopen() {}
    // How many lines may have been delivered twice since this was asked last.
    virtual std::uint64_t take_possible_duplicates() { return 0; }
};

}  // namespace eventfwd

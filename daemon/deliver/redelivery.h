// What a courier carries beside live delivery because an operator asks for it: lines that the sink
// has had, or has refused, before.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/deliver/in_flight.h"

namespace eventfwd {

// How far a redelivery is, for whoever asked for it.
struct RedeliveryStatus {
    std::string what;            // replay or retry
    std::uint64_t total = 0;     // events asked for
    std::uint64_t done = 0;      // of those, whatever came of them
    std::uint64_t sent = 0;      // delivered
    std::uint64_t refused = 0;   // by the sink
    std::uint64_t left_out = 0;  // by the sink's match, as it is now
    std::uint64_t gone = 0;      // not in the journal any more, or no letter that can be read
    std::string last_refusal;    // the reason, and what the destination said
    std::string failure;         // what ended it before its time; empty: nothing did
    bool is_over = false;
};

// Used on its courier's thread.
class Redelivery {
  public:
    virtual ~Redelivery() = default;

    // Puts the next lines into IN_FLIGHT, at most BYTES_MAX bytes and COUNT_MAX lines. False where
    // there are none left.
    virtual Result<bool> load(InFlightBatch& in_flight, std::size_t bytes_max,
                              std::size_t count_max) = 0;
    // Hears what came of them: all arrived but REFUSED, by index in the batch, and what
    // arrived is as durable as the sink makes it. Without this, the next load() gives the same
    // lines again.
    virtual void settle(const InFlightBatch& in_flight,
                        const std::vector<RefusedLine>& refused) = 0;

    // Whether the sink has had these lines before.
    virtual bool is_replay() const = 0;
    virtual const RedeliveryStatus& status() const = 0;
};

}  // namespace eventfwd

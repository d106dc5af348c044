// Brings batches to the sink, each until there is an answer for every one of its lines: sends,
// waits as retry_policy says, keeps what the sink refuses, and tells when trouble begins and when
// it is over: the changes, not the attempts.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "daemon/dead_letters/dead_letters.h"
#include "daemon/deliver/batch_parts.h"
#include "daemon/deliver/courier_probe.h"
#include "daemon/deliver/courier_status.h"
#include "daemon/deliver/in_flight.h"
#include "daemon/deliver/retry_policy.h"

namespace eventfwd {

// Used on its courier's thread.
class Delivery {
  public:
    struct Parts {
        Sink& sink;
        Checkpoint& checkpoint;
        DeadLetters& dead_letters;
        const Clock& clock;
        CourierProbe& probe;
        StatusBoard& board;
        // Whether a batch in flight is not wanted any more: it is not tried again.
        std::function<bool(const InFlightBatch&)> is_unwanted;
        // Whether there is no time left even for what could be sent at once.
        std::function<bool()> must_end;
    };
    // SINK_NAME is the sink's in the configuration. What PARTS refer to outlives the delivery.
    Delivery(std::string sink_name, const RetryOptions& retry, Parts parts);

    // Sends PARTS, which are IN_FLIGHT's. False where IN_FLIGHT is not wanted any more, or there is
    // no time left for the next part.
    boost::asio::awaitable<bool> send(InFlightBatch& in_flight, BatchParts& parts);
    // Brings what the sink refused to the dead letters, for as long as that takes, and counts it:
    // the cursor goes past it only then. False where IN_FLIGHT is not wanted any more.
    boost::asio::awaitable<bool> keep_refused(InFlightBatch& in_flight,
                                              const std::vector<RefusedLine>& lines);
    // After ERROR, which is not the sink's answer: false where IN_FLIGHT is not wanted any more.
    boost::asio::awaitable<bool> wait_after(InFlightBatch& in_flight, const Error& error);
    // IN_FLIGHT is over; it may have been in trouble, which ends where it has arrived.
    void leave_trouble(InFlightBatch& in_flight, bool has_arrived);

    bool is_in_trouble() const { return !troubled_.empty(); }
    // Whoever waits between attempts looks around.
    void wake();

  private:
    boost::asio::awaitable<bool> wait(InFlightBatch& in_flight, std::chrono::microseconds duration);
    void enter_trouble(InFlightBatch& in_flight, const Outcome& outcome);

    // From the first attempt that failed to the one that did not.
    struct Trouble {
        bool is_held = false;
        std::uint64_t attempts = 0;  // that failed; 0: there is none
        std::chrono::steady_clock::time_point began;
    };

    const std::string sink_name_;
    const RetryOptions retry_;
    const Parts parts_;
    std::vector<InFlightBatch*> troubled_;
    Trouble trouble_;
    std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace eventfwd

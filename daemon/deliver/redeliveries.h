// The redelivery that a courier carries beside live delivery: batch by batch in turn with it, one
// batch at a time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "daemon/deliver/batcher.h"
#include "daemon/deliver/delivery.h"

namespace eventfwd {

// Used on its courier's thread, but for offer().
class Redeliveries {
  public:
    struct Parts {
        boost::asio::io_context& io;
        Sink& sink;
        Batcher& batcher;
        Delivery& delivery;
        CourierProbe& probe;
        StatusBoard& board;
        std::function<void()> settled;  // a batch of it is over
    };
    // IS_DURABLE: what a redelivery hears to have arrived is on stable storage before.
    Redeliveries(std::string sink_name, const BatchOptions& limits, bool is_durable, Parts parts);

    // From any thread: announces a redelivery that begin() then gets. Fails while another is under
    // way.
    Result<> offer(const RedeliveryStatus& status);
    void begin(std::unique_ptr<Redelivery> redelivery) { redelivery_ = std::move(redelivery); }
    // Forgets it after the batch at hand.
    void drop();

    // Ends one that was dropped, where no batch of it is under way; step() does, too.
    void end_dropped();

    // Whether there is something for step() to do.
    bool has_next() const { return redelivery_ != nullptr && in_flight_ == nullptr; }
    bool is_in_flight() const { return in_flight_ != nullptr; }
    // Whether IN_FLIGHT is that of a redelivery that was dropped.
    bool has_dropped(const InFlightBatch& in_flight) const {
        return must_drop_ && &in_flight == in_flight_.get();
    }
    // Sets the next batch on its way; where the sink takes one at a time, until that is settled.
    boost::asio::awaitable<void> step();

  private:
    boost::asio::awaitable<void> deliver(InFlightBatch& in_flight);
    boost::asio::awaitable<bool> make_durable(InFlightBatch& in_flight);
    void publish();
    void end();

    const std::string sink_name_;
    const BatchOptions limits_;
    const bool is_durable_;
    const Parts parts_;
    std::unique_ptr<Redelivery> redelivery_;
    std::unique_ptr<InFlightBatch> in_flight_;  // null: none is under way
    bool must_drop_ = false;
};

}  // namespace eventfwd

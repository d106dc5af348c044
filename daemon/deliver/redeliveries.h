// The errand that a courier carries beside live delivery: batch by batch in turn with it, one batch
// at a time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "daemon/deliver/batcher.h"
#include "daemon/deliver/delivery.h"

namespace eventfwd {

// Used on its courier's thread, but for offer().
class Errands {
  public:
    struct Parts {
        boost::asio::io_context& io;
        Sink& sink;
        Batcher& batcher;
        Delivery& delivery;
        CourierProbe& probe;
        StatusBoard& board;
        std::function<void()> landed;  // a batch of it is over
    };
    // IS_DURABLE: what an errand hears to have arrived is on stable storage before.
    Errands(std::string sink_name, const BatchOptions& limits, bool is_durable, Parts parts);

    // From any thread: announces an errand that begin() then gets. Fails while another is under
    // way.
    Result<> offer(const ErrandStatus& status);
    void begin(std::unique_ptr<Errand> errand) { errand_ = std::move(errand); }
    // Forgets it after the batch at hand.
    void drop();

    // Ends one that was dropped, where no batch of it is under way; step() does, too.
    void end_dropped();

    // Whether there is something for step() to do.
    bool has_next() const { return errand_ != nullptr && flight_ == nullptr; }
    bool is_flying() const { return flight_ != nullptr; }
    // Whether FLIGHT is that of an errand that was dropped.
    bool has_dropped(const Flight& flight) const { return must_drop_ && &flight == flight_.get(); }
    // Sets the next batch on its way; where the sink takes one at a time, until that is settled.
    boost::asio::awaitable<void> step();

  private:
    boost::asio::awaitable<void> fly(Flight& flight);
    boost::asio::awaitable<bool> make_durable(Flight& flight);
    void publish();
    void end();

    const std::string sink_name_;
    const BatchOptions limits_;
    const bool is_durable_;
    const Parts parts_;
    std::unique_ptr<Errand> errand_;
    std::unique_ptr<Flight> flight_;  // null: none is under way
    bool must_drop_ = false;
};

}  // namespace eventfwd

#include "daemon/deliver/redeliveries.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "core/check.h"

namespace eventfwd {

namespace asio = boost::asio;

Redeliveries::Redeliveries(std::string sink_name, const BatchOptions& limits, bool is_durable,
                           Parts parts)
    : sink_name_(std::move(sink_name)),
      limits_(limits),
      is_durable_(is_durable),
      parts_(std::move(parts)) {}

Result<> Redeliveries::offer(const RedeliveryStatus& status) {
    return parts_.board.change([&](CourierStatus& courier) -> Result<> {
        if (courier.redelivery && !courier.redelivery->is_over) {
            return failure(
                fmt::format("sink {}: a {} is under way", sink_name_, courier.redelivery->what));
        }
        courier.redelivery = status;
        return {};
    });
}

void Redeliveries::drop() {
    must_drop_ = redelivery_ != nullptr;
}

void Redeliveries::end_dropped() {
    if (has_next() && std::exchange(must_drop_, false)) end();
}

asio::awaitable<void> Redeliveries::step() {
    end_dropped();
    if (!has_next()) co_return;
    auto in_flight = std::make_unique<InFlightBatch>(parts_.io);
    in_flight->reserve(limits_.bytes_max + kLineBytesMax + 1);
    const auto loaded = redelivery_->load(*in_flight, limits_.bytes_max, limits_.count_max);
    if (!loaded || !*loaded) {
        publish();
        if (!loaded) {
            parts_.probe.redelivery_failed(sink_name_, loaded.error());
            parts_.board.change([&](CourierStatus& status) {
                status.redelivery->failure = loaded.error().message;
            });
        }
        co_return end();
    }
    in_flight->keep(parts_.batcher.make(in_flight->runs()));
    in_flight->batch.is_replay = redelivery_->is_replay();
    in_flight_ = std::move(in_flight);
    if (parts_.sink.in_flight_max() > 1) {
        asio::co_spawn(parts_.io, deliver(*in_flight_), end_daemon_on_exception);
        co_return;
    }
    co_await deliver(*in_flight_);
}

// A redelivery that is interrupted gives the same lines again.
asio::awaitable<void> Redeliveries::deliver(InFlightBatch& in_flight) {
    BatchParts batch(in_flight.batch);
    const bool is_sent = co_await parts_.delivery.send(in_flight, batch);
    if (is_sent) parts_.sink.settle();
    const bool is_settled = is_sent && co_await make_durable(in_flight);
    parts_.delivery.leave_trouble(in_flight, is_settled);
    const std::size_t arrived = batch.settled() - batch.refused().size();
    if (is_settled) {
        redelivery_->settle(in_flight, batch.refused());
        parts_.board.change([&](CourierStatus& status) {
            Ledger& ledger = status.ledger;
            (redelivery_->is_replay() ? ledger.replayed : ledger.letters_delivered) += arrived;
        });
    } else {
        parts_.board.count_in_doubt(arrived);
    }
    publish();
    in_flight_.reset();
    parts_.settled();
}

// What a redelivery takes for arrived must not be gone after a power cut. False where it is not
// wanted any more.
asio::awaitable<bool> Redeliveries::make_durable(InFlightBatch& in_flight) {
    while (is_durable_) {
        const auto synced = parts_.sink.sync();
        if (synced) break;
        if (!co_await parts_.delivery.wait_after(in_flight, synced.error())) co_return false;
    }
    co_return true;
}

// It is over when nobody needs it any more, and not when it has nothing left to give.
void Redeliveries::publish() {
    parts_.board.change([&](CourierStatus& status) {
        status.redelivery = redelivery_->status();
        status.redelivery->is_over = false;
    });
}

void Redeliveries::end() {
    redelivery_.reset();
    const RedeliveryStatus ended = parts_.board.change([](CourierStatus& status) {
        status.redelivery->is_over = true;
        return *status.redelivery;
    });
    parts_.probe.redelivery_ended(sink_name_, ended);
}

}  // namespace eventfwd

#include "daemon/deliver/redeliveries.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "core/check.h"

namespace eventfwd {

namespace asio = boost::asio;

Errands::Errands(std::string sink_name, const BatchOptions& limits, bool is_durable, Parts parts)
    : sink_name_(std::move(sink_name)),
      limits_(limits),
      is_durable_(is_durable),
      parts_(std::move(parts)) {}

Result<> Errands::offer(const ErrandStatus& status) {
    return parts_.board.change([&](CourierStatus& courier) -> Result<> {
        if (courier.errand && !courier.errand->is_over) {
            return failure(
                fmt::format("sink {}: a {} is under way", sink_name_, courier.errand->what));
        }
        courier.errand = status;
        return {};
    });
}

void Errands::drop() {
    must_drop_ = errand_ != nullptr;
}

void Errands::end_dropped() {
    if (has_next() && std::exchange(must_drop_, false)) end();
}

asio::awaitable<void> Errands::step() {
    end_dropped();
    if (!has_next()) co_return;
    auto flight = std::make_unique<Flight>(parts_.io);
    flight->reserve(limits_.bytes_max + kLineBytesMax + 1);
    const auto loaded = errand_->load(*flight, limits_.bytes_max, limits_.count_max);
    if (!loaded || !*loaded) {
        publish();
        if (!loaded) {
            parts_.probe.errand_failed(sink_name_, loaded.error());
            parts_.board.change(
                [&](CourierStatus& status) { status.errand->failure = loaded.error().message; });
        }
        co_return end();
    }
    flight->keep(parts_.batcher.make(flight->runs()));
    flight->batch.is_replay = errand_->is_replay();
    flight_ = std::move(flight);
    if (parts_.sink.in_flight_max() > 1) {
        asio::co_spawn(parts_.io, fly(*flight_), end_daemon_on_exception);
        co_return;
    }
    co_await fly(*flight_);
}

// An errand that is interrupted gives the same lines again.
asio::awaitable<void> Errands::fly(Flight& flight) {
    BatchParts batch(flight.batch);
    const bool is_sent = co_await parts_.delivery.send(flight, batch);
    if (is_sent) parts_.sink.settle();
    const bool is_settled = is_sent && co_await make_durable(flight);
    parts_.delivery.leave_trouble(flight, is_settled);
    const std::size_t arrived = batch.settled() - batch.refused().size();
    if (is_settled) {
        errand_->settle(flight, batch.refused());
        parts_.board.change([&](CourierStatus& status) {
            Ledger& ledger = status.ledger;
            (errand_->is_replay() ? ledger.replayed : ledger.letters_delivered) += arrived;
        });
    } else {
        parts_.board.count_in_doubt(arrived);
    }
    publish();
    flight_.reset();
    parts_.landed();
}

// What an errand hears to have arrived must not be gone after a power cut. False where nobody waits
// for it any more.
asio::awaitable<bool> Errands::make_durable(Flight& flight) {
    while (is_durable_) {
        const auto synced = parts_.sink.sync();
        if (synced) break;
        if (!co_await parts_.delivery.wait_after(flight, synced.error())) co_return false;
    }
    co_return true;
}

// It is over when nobody needs it any more, and not when it has nothing left to give.
void Errands::publish() {
    parts_.board.change([&](CourierStatus& status) {
        status.errand = errand_->status();
        status.errand->is_over = false;
    });
}

void Errands::end() {
    errand_.reset();
    const ErrandStatus ended = parts_.board.change([](CourierStatus& status) {
        status.errand->is_over = true;
        return *status.errand;
    });
    parts_.probe.errand_ended(sink_name_, ended);
}

}  // namespace eventfwd

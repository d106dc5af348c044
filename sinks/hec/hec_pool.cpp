#include "sinks/hec/hec_pool.h"

#include <algorithm>

namespace eventfwd {
namespace {

namespace asio = boost::asio;

constexpr std::uint32_t kDoublingsMax = 20;

}  // namespace

HecLease::~HecLease() {
    if (pool_ != nullptr) pool_->give_back(url_, *connection_);
}

HecStay::HecStay(HecPool& pool, std::size_t url, std::chrono::steady_clock::time_point since)
    : pool_(&pool), url_(url), since_(since) {
    auto& stays = pool.places_[url].stays;
    stays.insert(std::ranges::upper_bound(stays, since), since);
}

HecStay::~HecStay() {
    if (pool_ == nullptr) return;
    auto& stays = pool_->places_[url_].stays;
    stays.erase(std::ranges::find(stays, since_));
    pool_->changed_.notify_all();
}

std::chrono::microseconds HecStay::took() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                 since_);
}

HecPool::HecPool(HecTransport& transport, HecSinkProbe& probe)
    : transport_(transport), probe_(probe), places_(transport.options.urls.size()) {}

asio::awaitable<HecLease> HecPool::lease() {
    while (!is_abandoned_) {
        const auto now = SteadyClock::now();
        if (const auto url = choose(now)) {
            if (Slot* const slot = free_slot(*url))
                co_return take(*url, *slot, HecStay(*this, *url, now));
        }
        co_await changed_.wait(next_change(now));
    }
    co_return HecLease();
}

asio::awaitable<HecLease> HecPool::lease(std::size_t url, HecConnection& connection) {
    const auto is_it = [&](const Slot& slot) { return slot.connection.get() == &connection; };
    while (!is_abandoned_) {
        const auto slot = std::ranges::find_if(places_[url].slots, is_it);
        if (!slot->is_busy) co_return take(url, *slot, HecStay());
        co_await changed_.wait(SteadyClock::time_point::max());
    }
    co_return HecLease();
}

// One that is open if there is one, a new one if there may be more, or else one that only waits for
// its acknowledgements to be closed; null where all are busy.
HecPool::Slot* HecPool::free_slot(std::size_t url) {
    std::vector<Slot>& slots = places_[url].slots;
    const auto is_free = [](const Slot& slot) { return !slot.is_busy; };
    const auto is_ready = [](const Slot& slot) {
        return !slot.is_busy && slot.connection->is_open() && !slot.connection->is_retiring();
    };
    const auto is_closed = [](const Slot& slot) {
        return !slot.is_busy && !slot.connection->is_open();
    };
    auto slot = std::ranges::find_if(slots, is_ready);
    if (slot == slots.end()) slot = std::ranges::find_if(slots, is_closed);
    if (slot == slots.end() && slots.size() < transport_.options.connections) {
        return &slots.emplace_back(
            Slot{std::make_unique<HecConnection>(transport_.options.urls[url], transport_), false});
    }
    if (slot == slots.end()) slot = std::ranges::find_if(slots, is_free);
    return slot == slots.end() ? nullptr : &*slot;
}

HecLease HecPool::take(std::size_t url, Slot& slot, HecStay stay) {
    slot.is_busy = true;
    ++places_[url].busy;
    ++busy_;
    turn_ = (url + 1) % places_.size();
    return HecLease(*this, url, *slot.connection, std::move(stay));
}

void HecPool::give_back(std::size_t url, HecConnection& connection) {
    for (Slot& slot : places_[url].slots) {
        if (slot.connection.get() == &connection) slot.is_busy = false;
    }
    --places_[url].busy;
    --busy_;
    changed_.notify_all();
}

void HecPool::succeeded(std::size_t url) {
    Place& place = places_[url];
    const bool has_failed = std::exchange(place.failures, 0) > 0;
    place.is_held = false;
    place.backed_off_until = {};
    place.last_error.clear();
    if (has_failed && places_.size() > 1) {
        probe_.url_recovered(transport_.options.urls[url].text());
    }
}

void HecPool::failed(std::size_t url, const HecUrlFailure& failure) {
    const HecSinkOptions& options = transport_.options;
    Place& place = places_[url];
    const auto growing = options.backoff_initial * (1U << std::min(place.failures, kDoublingsMax));
    const auto usual =
        failure.is_hold ? options.backoff_max : std::min(growing, options.backoff_max);
    const bool is_news = place.failures++ == 0 || failure.is_hold != place.is_held;
    place.is_held = failure.is_hold;
    place.backed_off_until = SteadyClock::now() + std::max(usual, failure.backoff_min);
    place.last_error = failure.error;
    if (is_news && places_.size() > 1) {
        probe_.url_failed(options.urls[url].text(), failure.error);
    }
}

bool HecPool::is_backed_off(const Place& place) const {
    return place.backed_off_until > SteadyClock::now();
}

bool HecPool::has_other(std::size_t url) const {
    for (std::size_t other = 0; other < places_.size(); ++other) {
        if (other != url && !is_backed_off(places_[other])) return true;
    }
    return false;
}

bool HecPool::is_held() const {
    return std::ranges::all_of(places_, &Place::is_held);
}

std::chrono::microseconds HecPool::until_tried_again() const {
    const auto first = std::ranges::min_element(places_, {}, &Place::backed_off_until);
    const auto left = first->backed_off_until - SteadyClock::now();
    return std::chrono::duration_cast<std::chrono::microseconds>(
        std::max(left, SteadyClock::duration(0)));
}

void HecPool::close_idle() {
    for (Place& place : places_) {
        for (Slot& slot : place.slots) {
            if (!slot.is_busy) slot.connection->close();
        }
    }
}

void HecPool::abandon() {
    is_abandoned_ = true;
    for (Place& place : places_) {
        for (Slot& slot : place.slots)
            slot.connection->abandon();
    }
    changed_.notify_all();
}

std::vector<ConnectionStatus> HecPool::statuses() const {
    std::vector<ConnectionStatus> statuses;
    for (std::size_t url = 0; url < places_.size(); ++url) {
        const Place& place = places_[url];
        const std::string peer = transport_.options.urls[url].text();
        const bool is_waiting = is_backed_off(place);
        const char* const without = is_waiting ? "backed off" : "not connected";
        if (place.slots.empty()) statuses.push_back({peer, without, place.last_error});
        for (const Slot& slot : place.slots) {
            const HecConnection& connection = *slot.connection;
            const bool is_used = connection.is_open() && !(is_waiting && places_.size() > 1);
            const char* const state = connection.is_connecting() ? "connecting"
                                      : is_used                  ? "connected"
                                                                 : without;
            const bool has_error = !connection.last_error().empty();
            statuses.push_back(
                {peer, state, has_error ? connection.last_error() : place.last_error});
        }
    }
    return statuses;
}

}  // namespace eventfwd

#include "sinks/hec/hec_pool.h"

#include <algorithm>
#include <tuple>

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::microseconds;

constexpr std::uint32_t kDoublingsMax = 20;
// A URL is slow where a batch takes so many times as long as at another, and not only a moment.
constexpr int kSlowFactor = 4;
constexpr microseconds kSlowMin = 20ms;
// What hangs so many times as long, and at least that long, is given up: more patience would only
// keep its events from another URL.
constexpr int kHungFactor = 20;
constexpr microseconds kHungMin = 5s;

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
    return std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - since_);
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

// How long a batch takes at the fastest of the other URLs that have not failed.
std::optional<microseconds> HecPool::fastest_other(std::size_t url) const {
    std::optional<microseconds> fastest;
    for (std::size_t other = 0; other < places_.size(); ++other) {
        const Place& place = places_[other];
        if (other == url || place.failures > 0 || place.usual == 0us) continue;
        fastest = std::min(fastest.value_or(place.usual), place.usual);
    }
    return fastest;
}

// When URL is slow: always, or once its oldest batch is there for too long.
HecPool::TimePoint HecPool::slow_at(std::size_t url) const {
    const Place& place = places_[url];
    const auto fastest = fastest_other(url);
    if (!fastest) return TimePoint::max();
    const microseconds limit = std::max(kSlowMin, kSlowFactor * *fastest);
    if (place.usual > limit) return TimePoint::min();
    return place.stays.empty() ? TimePoint::max() : place.stays.front() + limit;
}

bool HecPool::is_slow(std::size_t url, TimePoint now) const {
    return slow_at(url) <= now;
}

// Whether it shares in what may be under way at all URLs that are well.
bool HecPool::is_well(std::size_t url, TimePoint now) const {
    return places_[url].failures == 0 && !is_slow(url, now);
}

bool HecPool::may_take(std::size_t url, TimePoint now) const {
    const Place& place = places_[url];
    if (place.backed_off_until > now) return false;
    if (place.failures > 0) return place.busy == 0;
    if (is_slow(url, now)) return place.stays.empty();
    std::size_t busy = 0;
    for (std::size_t each = 0; each < places_.size(); ++each) {
        if (is_well(each, now)) busy += places_[each].busy;
    }
    return busy < transport_.options.connections;
}

// Of those that may take one, the URL with the least to do; then one after the other. Where none is
// healthy, the one that was backed off first.
std::optional<std::size_t> HecPool::choose(TimePoint now) const {
    std::optional<std::size_t> best, first;
    bool is_any_healthy = false;
    const auto is_before = [&](std::size_t one, std::size_t other, auto key) {
        const auto rank = [&](std::size_t url) {
            const std::size_t distance = (url + places_.size() - turn_) % places_.size();
            return std::tuple(key(places_[url]), places_[url].stays.size(), distance);
        };
        return rank(one) < rank(other);
    };
    const auto nothing = [](const Place&) { return 0; };
    const auto until = [](const Place& place) { return place.backed_off_until; };
    for (std::size_t url = 0; url < places_.size(); ++url) {
        const Place& place = places_[url];
        const bool is_tried = place.failures > 0 && place.busy > 0;
        is_any_healthy |= place.backed_off_until <= now && !is_tried;
        if (may_take(url, now) && (!best || is_before(url, *best, nothing))) best = url;
        if (!first || is_before(url, *first, until)) first = url;
    }
    if (is_any_healthy) return best;
    return busy_ < transport_.options.connections ? first : std::nullopt;
}

// When choose() may say something else, though nothing has ended.
HecPool::TimePoint HecPool::next_change(TimePoint now) const {
    TimePoint next = TimePoint::max();
    for (std::size_t url = 0; url < places_.size(); ++url) {
        for (const TimePoint at : {places_[url].backed_off_until, slow_at(url)}) {
            if (at > now) next = std::min(next, at);
        }
    }
    return next;
}

microseconds HecPool::patience(std::size_t url) const {
    const microseconds timeout = transport_.options.timeout;
    const auto fastest = fastest_other(url);
    return fastest ? std::min(timeout, std::max(kHungMin, kHungFactor * *fastest)) : timeout;
}

void HecPool::delivered(std::size_t url, microseconds took) {
    Place& place = places_[url];
    place.usual = std::max(place.usual == 0us ? took : place.usual + (took - place.usual) / 4, 1us);
}

std::size_t HecPool::stuck() const {
    if (places_.size() == 1) return 0;
    const auto now = SteadyClock::now();
    std::size_t stuck = 0;
    for (std::size_t url = 0; url < places_.size(); ++url) {
        if (!is_well(url, now)) stuck += places_[url].stays.size();
    }
    return stuck;
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

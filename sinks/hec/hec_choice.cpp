// Which of its URLs a pool gives the next batch to, by how long batches are there and what came of
// the last ones.
#include <algorithm>
#include <tuple>

#include "sinks/hec/hec_pool.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

// A URL is slow where a batch takes so many times as long as at another, and not only a moment.
constexpr int kSlowFactor = 4;
constexpr microseconds kSlowMin = 20ms;
// What hangs so many times as long, and at least that long, is given up: more patience would only
// keep its events from another URL.
constexpr int kHungFactor = 20;
constexpr microseconds kHungMin = 5s;

}  // namespace

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

}  // namespace eventfwd

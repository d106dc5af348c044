// The connections of a sink, over all of its URLs. A batch goes where the fewest are under way. A
// URL that fails is backed off, longer each time, while others are healthy, and is then tried with
// a single batch; where none is healthy, the one that was backed off first is tried, for it is the
// courier that waits. A URL that is far slower than another gets one batch at a time. What is under
// way at URLs that fail or are slow takes nothing off what the others may have.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "net/async_event.h"
#include "sinks/hec/hec_connection.h"
#include "sinks/hec/hec_probe.h"
#include "sinks/sink.h"

namespace eventfwd {

// How a URL failed.
struct HecUrlFailure {
    std::string error;
    bool is_hold = false;                      // until a person changes something
    std::chrono::microseconds backoff_min{0};  // for how long it is backed off at least
};

class HecPool;

// A batch at a URL, from when it is sent until what became of it is known.
class HecStay {
  public:
    HecStay() = default;
    HecStay(HecPool& pool, std::size_t url, std::chrono::steady_clock::time_point since);
    HecStay(HecStay&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), url_(other.url_), since_(other.since_) {}
    HecStay& operator=(HecStay&& other) = delete;
    ~HecStay();

    std::chrono::steady_clock::time_point since() const { return since_; }
    // Until now.
    std::chrono::microseconds took() const;

  private:
    HecPool* pool_ = nullptr;
    std::size_t url_ = 0;
    std::chrono::steady_clock::time_point since_;
};

// A connection for one exchange, and the stay of its batch. Given back at the end.
class HecLease {
  public:
    HecLease() = default;
    // Without a stay where it is for no batch.
    HecLease(HecPool& pool, std::size_t url, HecConnection& connection, HecStay stay)
        : pool_(&pool), url_(url), connection_(&connection), stay_(std::move(stay)) {}
    HecLease(HecLease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)),
          url_(other.url_),
          connection_(other.connection_),
          stay_(std::move(other.stay_)) {}
    HecLease& operator=(HecLease&& other) = delete;
    ~HecLease();

    // False where the pool was abandoned.
    explicit operator bool() const { return pool_ != nullptr; }
    HecConnection& connection() const { return *connection_; }
    std::size_t url() const { return url_; }
    const HecStay& stay() const { return stay_; }

  private:
    HecPool* pool_ = nullptr;
    std::size_t url_ = 0;
    HecConnection* connection_ = nullptr;
    HecStay stay_;
};

// Used on one thread; outlives its leases and stays.
class HecPool {
  public:
    // TRANSPORT and PROBE outlive the pool.
    HecPool(HecTransport& transport, HecSinkProbe& probe);

    // For a batch; waits until one is free.
    boost::asio::awaitable<HecLease> lease();
    // That very connection, between two exchanges of others.
    boost::asio::awaitable<HecLease> lease(std::size_t url, HecConnection& connection);

    // How long a request to URL may take. Less than the timeout where it would then have hung for
    // many times as long as a batch takes at another one.
    std::chrono::microseconds patience(std::size_t url) const;

    // What came of a lease of URL.
    void succeeded(std::size_t url);
    // A batch was TOOK at URL, and delivered.
    void delivered(std::size_t url, std::chrono::microseconds took);
    void failed(std::size_t url, const HecUrlFailure& failure);
    // Whether another URL than URL is well.
    bool has_other(std::size_t url) const;
    // Whether the last word of every URL was a hold.
    bool is_held() const;
    // Batches at URLs that fail or are slow, beside what the others may have.
    std::size_t stuck() const;
    // How long until the first URL is tried again.
    std::chrono::microseconds until_tried_again() const;

    // Those that are idle are opened anew when they are needed.
    void close_idle();
    // Every lease fails, now and from now on.
    void abandon();
    bool is_abandoned() const { return is_abandoned_; }
    std::vector<ConnectionStatus> statuses() const;

  private:
    friend class HecLease;
    friend class HecStay;
    using SteadyClock = std::chrono::steady_clock;
    using TimePoint = SteadyClock::time_point;

    struct Slot {
        std::unique_ptr<HecConnection> connection;
        bool is_busy = false;
    };
    struct Place {  // one URL
        std::vector<Slot> slots;
        std::size_t busy = 0;
        std::vector<TimePoint> stays;        // when those of now began, in order
        std::chrono::microseconds usual{0};  // of a stay, on average; 0: not known
        std::uint32_t failures = 0;          // since the last success
        bool is_held = false;                // by the last one
        TimePoint backed_off_until;
        std::string last_error;
    };

    bool is_backed_off(const Place& place) const;
    bool is_slow(std::size_t url, TimePoint now) const;
    bool is_well(std::size_t url, TimePoint now) const;
    bool may_take(std::size_t url, TimePoint now) const;
    std::optional<std::chrono::microseconds> fastest_other(std::size_t url) const;
    TimePoint slow_at(std::size_t url) const;
    TimePoint next_change(TimePoint now) const;
    std::optional<std::size_t> choose(TimePoint now) const;
    Slot* free_slot(std::size_t url);
    HecLease take(std::size_t url, Slot& slot, HecStay stay);
    void give_back(std::size_t url, HecConnection& connection);

    HecTransport& transport_;
    HecSinkProbe& probe_;
    std::vector<Place> places_;  // in the order of the URLs
    std::size_t busy_ = 0;       // in all of them
    std::size_t turn_ = 0;       // who comes first where all else is equal
    AsyncEvent changed_;
    bool is_abandoned_ = false;
};

}  // namespace eventfwd

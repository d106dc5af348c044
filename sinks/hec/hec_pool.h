// The connections of a sink, over all of its URLs. A request goes where the fewest are under way.
// A URL that fails is backed off, longer each time, while others are healthy, and is then tried
// with a single request; where none is healthy, the one that was backed off first is tried, for it
// is the courier that waits.
#pragma once

#include <chrono>
#include <memory>
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

// A connection for one exchange. Given back at the end.
class HecLease {
  public:
    HecLease() = default;
    HecLease(HecPool& pool, std::size_t url, HecConnection& connection)
        : pool_(&pool), url_(url), connection_(&connection) {}
    HecLease(HecLease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)),
          url_(other.url_),
          connection_(other.connection_) {}
    HecLease& operator=(HecLease&& other) = delete;
    ~HecLease();

    // False where the pool was abandoned.
    explicit operator bool() const { return pool_ != nullptr; }
    HecConnection& connection() const { return *connection_; }
    std::size_t url() const { return url_; }

  private:
    HecPool* pool_ = nullptr;
    std::size_t url_ = 0;
    HecConnection* connection_ = nullptr;
};

// Used on one thread; outlives its leases.
class HecPool {
  public:
    // TRANSPORT and PROBE outlive the pool.
    HecPool(HecTransport& transport, HecSinkProbe& probe);

    // Waits until one is free.
    boost::asio::awaitable<HecLease> lease();
    // That very connection, between two exchanges of others.
    boost::asio::awaitable<HecLease> lease(std::size_t url, HecConnection& connection);

    // What came of a lease of URL.
    void succeeded(std::size_t url);
    void failed(std::size_t url, const HecUrlFailure& failure);
    // Whether another URL than URL is well.
    bool has_other(std::size_t url) const;
    // Whether the last word of every URL was a hold.
    bool is_held() const;
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
    using SteadyClock = std::chrono::steady_clock;

    struct Slot {
        std::unique_ptr<HecConnection> connection;
        bool is_busy = false;
    };
    struct Place {  // one URL
        std::vector<Slot> slots;
        std::size_t busy = 0;
        std::uint32_t failures = 0;  // since the last success
        bool is_held = false;        // by the last one
        SteadyClock::time_point backed_off_until;
        std::string last_error;
    };

    bool is_backed_off(const Place& place) const;
    std::size_t choose(SteadyClock::time_point now) const;
    Slot* free_slot(std::size_t url);
    HecLease take(std::size_t url, Slot& slot);
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

// A connected socket to a host that may have several addresses, some of them dead: one attempt
// begins behind the other, families in turn, they go on side by side, and the first that connects
// wins (RFC 8305, "Happy Eyeballs").
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/unique_fd.h"
#include "net/address.h"
#include "net/resolver.h"

namespace eventfwd {

// How long an attempt is alone before the next address is tried beside it (RFC 8305, section 5).
constexpr std::chrono::milliseconds kConnectHeadStart{250};

struct ConnectTarget {
    std::string host;  // a name or a numeric address
    std::uint16_t port = 0;
    int type = 0;           // SOCK_STREAM or SOCK_DGRAM
    std::string attempted;  // in front of an error's reason, as in "connect to tcp://logs:601"
};

struct ConnectedSocket {
    UniqueFd fd;  // it does not block
    Address address;
};

// FOUND in the order of attempts: families in turn, beginning with the first one's (RFC 8305,
// section 4); those of LEFT behind all others, the one that was left first before the rest.
std::vector<Address> order_of_attempts(const std::vector<Address>& found,
                                       std::span<const Address> left);

// Used on one thread, for one call of connect() at a time.
class Connector {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // Looks the host up anew and connects to one of its addresses. Fails at DEADLINE, by cancel(),
    // and where no address is left, with the reason of the last one.
    boost::asio::awaitable<Result<ConnectedSocket>> connect(ConnectTarget target,
                                                            TimePoint deadline);
    // The same, to one of ADDRESSES.
    boost::asio::awaitable<Result<ConnectedSocket>> connect_to(std::vector<Address> addresses,
                                                               ConnectTarget target,
                                                               TimePoint deadline);
    // The address that was connected to last turned out to be of no use: others are tried first
    // from now on.
    void leave_address();
    // Ends connect(), if it is under way.
    void cancel();

  private:
    class Race;

    Resolver resolver_;
    std::shared_ptr<Race> race_;      // of a connect() that is under way
    std::optional<Address> current_;  // that was connected to last
    std::vector<Address> left_;       // in the order in which they were left
    bool is_cancelled_ = false;
};

}  // namespace eventfwd

// From a host's name to its addresses, asked anew each time, for a coroutine that can be told to
// leave.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "core/result.h"

namespace eventfwd {

// Used on one thread, for one question at a time.
class Resolver {
  public:
    using Addresses = std::vector<boost::asio::ip::tcp::endpoint>;

    // HOST, a name or an address, outlives the call. Fails when PATIENCE is over.
    boost::asio::awaitable<Result<Addresses>> resolve(const std::string& host, std::uint16_t port,
                                                      std::chrono::microseconds patience);
    // The question at hand, if there is one, fails soon.
    void cancel() { is_cancelled_ = true; }

  private:
    bool is_cancelled_ = false;
};

}  // namespace eventfwd

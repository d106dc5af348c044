// From a host's name to its addresses, asked anew each time. The system's resolver blocks for as
// long as it likes and cannot be told to stop; so it is asked on a thread of its own, and whoever
// waits can leave at any time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"

namespace eventfwd {

// Used on one thread, for one question at a time.
class Resolver {
  public:
    using Addresses = std::vector<boost::asio::ip::tcp::endpoint>;

    // HOST, a name or an address, and PORT, a number, outlive the call. Fails when PATIENCE is
    // over.
    boost::asio::awaitable<Result<Addresses>> resolve(const std::string& host,
                                                      const std::string& port,
                                                      std::chrono::microseconds patience);
    // The question at hand, if there is one, fails.
    void cancel();

  private:
    struct Question;
    std::weak_ptr<Question> question_;
};

}  // namespace eventfwd

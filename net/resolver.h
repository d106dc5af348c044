// From a host's name to its addresses, without holding up the thread that asks: the system's
// resolver blocks for as long as it likes and cannot be stopped, so it runs on a thread of its own
// that nobody waits for.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "net/address.h"

namespace eventfwd {

// The addresses of HOST, a name or a numeric address, in the order in which they should be tried.
// On this thread, for as long as that takes: for commands, not for the daemon.
Result<std::vector<Address>> look_up(const std::string& host, std::uint16_t port);

// Used on one thread, for one question at a time.
class Resolver {
  public:
    // The addresses of HOST, a name or a numeric address, in the order in which they should be
    // tried; asked anew each time. Fails where there is none, at DEADLINE, and by cancel().
    boost::asio::awaitable<Result<std::vector<Address>>> resolve(
        const std::string& host, std::uint16_t port,
        std::chrono::steady_clock::time_point deadline);
    // Ends the question at hand, if there is one.
    void cancel();

  private:
    class Question;
    std::shared_ptr<Question> question_;  // at hand; the thread that asks has it, too
};

}  // namespace eventfwd

#include "net/resolver.h"

#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstring>

#include "net/await.h"
#include "net/host_lookup.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kLookAgainAfter = std::chrono::milliseconds(2);

Resolver::Addresses to_endpoints(const std::vector<Address>& addresses) {
    Resolver::Addresses endpoints;
    for (const Address& address : addresses) {
        asio::ip::tcp::endpoint& endpoint = endpoints.emplace_back();
        std::memcpy(endpoint.data(), address.raw(), address.length());
        endpoint.resize(address.length());
    }
    return endpoints;
}

}  // namespace

asio::awaitable<Result<Resolver::Addresses>> Resolver::resolve(const std::string& host,
                                                               std::uint16_t port,
                                                               std::chrono::microseconds patience) {
    is_cancelled_ = false;
    const auto deadline = SteadyClock::now() + patience;
    const HostLookup lookup(host, port);
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (true) {
        if (const auto answer = lookup.answer()) {
            if (!*answer) co_return std::unexpected(answer->error());
            co_return to_endpoints(**answer);
        }
        if (is_cancelled_ || SteadyClock::now() >= deadline) {
            co_return failure(fmt::format("look up {}: no answer in time", host));
        }
        timer.expires_after(kLookAgainAfter);
        co_await timer.async_wait(kToken);
    }
}

}  // namespace eventfwd

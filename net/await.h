// How coroutines wait for Asio: errors come as values, and nothing is thrown.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace eventfwd {

constexpr auto kToken = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace eventfwd

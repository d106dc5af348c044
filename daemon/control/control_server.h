// The control socket: a Unix stream socket on which the command line asks the daemon. One request
// is one line; the answer is one line of JSON; then the connection ends.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace eventfwd {

struct ControlServerOptions {
    // From a connection to its end, so that one that says nothing does not stay.
    std::chrono::microseconds session_max = std::chrono::seconds(5);

    // Of a request, with its line feed.
    std::size_t request_bytes_max = 4096;
};

class ControlServer {
  public:
    // Answers a request, without its line feed, on the io_context's thread.
    using Handler = std::function<std::string(std::string_view request)>;

    ControlServer(boost::asio::io_context& io, Handler handler, ControlServerOptions options = {});
    ~ControlServer();

    Result<> listen(const std::string& path, mode_t mode);
    void close();

  private:
    using Socket = boost::asio::local::stream_protocol::socket;

    boost::asio::awaitable<void> accept_loop();
    boost::asio::awaitable<void> serve(Socket socket);

    const ControlServerOptions options_;
    boost::asio::io_context& io_;
    Handler handler_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    std::string path_;
};

}  // namespace eventfwd

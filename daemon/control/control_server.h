// The control socket: a Unix stream socket on which the command line asks the daemon. One request
// is one line; the answer is one line of JSON; then the connection ends.
#pragma once

#include <sys/types.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "net/socket_file.h"

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

    Result<> listen(const std::string& named, mode_t mode);
    // Where the socket's file is no longer in place: makes it anew. Those who connected meanwhile
    // are answered; where it cannot be made, the old socket goes on.
    std::optional<LostSocketFile> restore();
    void close();

    const std::string& path() const { return path_; }

  private:
    using Socket = boost::asio::local::stream_protocol::socket;
    using Acceptor = boost::asio::local::stream_protocol::acceptor;

    Result<> open();
    void serve_waiting(Acceptor& acceptor);
    boost::asio::awaitable<void> accept_loop(std::shared_ptr<Acceptor> acceptor);
    boost::asio::awaitable<void> serve(Socket socket);

    const ControlServerOptions options_;
    boost::asio::io_context& io_;
    Handler handler_;
    std::string path_;  // of the socket itself, behind all links
    mode_t mode_ = 0;
    std::shared_ptr<Acceptor> acceptor_;  // its loop has it, too; null: it does not listen
    SocketFile file_;                     // goes before the acceptor
};

}  // namespace eventfwd

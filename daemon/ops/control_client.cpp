#include "daemon/ops/control_client.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace eventfwd {
namespace {

namespace asio = boost::asio;

std::string hint_for(int code) {
    if (code == ENOENT || code == ECONNREFUSED)
        return "; is `eventfwd run` running, with the same -c?";
    if (code == EACCES) return "; run this as the daemon's user or as root, or widen control.mode";
    return "";
}

}  // namespace

Result<std::string> ask_daemon(const std::string& path, const std::string& request) {
    const auto failed = [&](const boost::system::error_code& error) {
        return failure(fmt::format("ask the daemon at {}: {}{}", path, error.message(),
                                   hint_for(error.value())),
                       error.value());
    };
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        return failure(fmt::format("ask the daemon at {}: the path of a socket is too long", path));
    }
    asio::io_context io;
    asio::local::stream_protocol::socket socket(io);
    boost::system::error_code error;
    socket.connect(asio::local::stream_protocol::endpoint(path), error);
    if (error) return failed(error);
    asio::write(socket, asio::buffer(request + "\n"), error);
    if (error) return failed(error);
    std::string answer;
    const std::size_t length = asio::read_until(socket, asio::dynamic_buffer(answer), '\n', error);
    if (error) return failed(error);
    answer.resize(length - 1);
    return answer;
}

}  // namespace eventfwd

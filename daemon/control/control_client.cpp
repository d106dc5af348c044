#include "daemon/control/control_client.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <optional>

#include "net/await.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;
using boost::system::error_code;

// A daemon that is well answers in milliseconds; one that has to write something, in seconds.
constexpr auto kPatience = std::chrono::seconds(15);

std::string hint_for(int code) {
    if (code == ENOENT || code == ECONNREFUSED)
        return "; is `eventfwd run` running, with the same -c?";
    if (code == EACCES) return "; run this as the daemon's user or as root, or widen control.mode";
    return "";
}

// Brings REQUEST to the one who listens at PATH, and ANSWER back.
asio::awaitable<error_code> converse(Socket& socket, const std::string& path,
                                     const std::string& request, std::string& answer) {
    const auto [refused] =
        co_await socket.async_connect(asio::local::stream_protocol::endpoint(path), kToken);
    if (refused) co_return refused;
    const auto [broken, written] =
        co_await asio::async_write(socket, asio::buffer(request), kToken);
    if (broken) co_return broken;
    const auto [error, length] =
        co_await asio::async_read_until(socket, asio::dynamic_buffer(answer), '\n', kToken);
    if (!error) answer.resize(length - 1);
    co_return error;
}

}  // namespace

Result<std::string> ask_daemon(const std::string& path, const std::string& request) {
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        return failure(fmt::format("ask the daemon at {}: the path of a socket is too long", path));
    }
    const std::string whole = request + "\n";
    std::string answer;
    std::optional<error_code> error;
    asio::io_context io;
    Socket socket(io);
    asio::co_spawn(io, converse(socket, path, whole, answer),
                   [&](const std::exception_ptr& exception, error_code done) {
                       if (exception) std::rethrow_exception(exception);
                       error = done;
                   });
    io.run_for(kPatience);
    if (!error) {
        return failure(
            fmt::format("ask the daemon at {}: no answer within {} s; it hangs, or is stopped",
                        path, kPatience.count()),
            ETIMEDOUT);
    }
    if (!*error) return answer;
    return failure(
        fmt::format("ask the daemon at {}: {}{}", path, error->message(), hint_for(error->value())),
        error->value());
}

}  // namespace eventfwd

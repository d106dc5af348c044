#include "daemon/control/control_server.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "core/check.h"
#include "core/file_system.h"
#include "net/await.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;

// Whether somebody answers at PATH.
bool is_alive(const std::string& path) {
    asio::io_context io;
    Protocol::socket probe(io);
    boost::system::error_code error;
    probe.connect(Protocol::endpoint(path), error);
    return !error;
}

}  // namespace

ControlServer::ControlServer(asio::io_context& io, Handler handler, ControlServerOptions options)
    : options_(options), io_(io), handler_(std::move(handler)), acceptor_(io) {}

ControlServer::~ControlServer() {
    close();
}

Result<> ControlServer::listen(const std::string& path, mode_t mode) {
    const auto failed = [&](const std::string& reason) {
        return failure(fmt::format("listen on control socket {}: {}", path, reason));
    };
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        return failed("the path of a socket is too long");
    PosixFileSystem files;
    if (auto made = files.make_directories(parent_path(path), 0755); !made) return made;
    if (is_alive(path)) return failed("another eventfwd answers there");
    struct stat status{};
    if (::lstat(path.c_str(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode)) return failed("something that is no socket stands there");
        ::unlink(path.c_str());
    }
    boost::system::error_code error;
    acceptor_.open(Protocol(), error);
    const mode_t before = ::umask(~mode & 0777);
    if (!error) acceptor_.bind(Protocol::endpoint(path), error);
    ::umask(before);
    if (!error) acceptor_.listen(16, error);
    if (error) return failed(error.message());
    path_ = path;
    asio::co_spawn(io_, accept_loop(), end_daemon_on_exception);
    return {};
}

void ControlServer::close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
}

asio::awaitable<void> ControlServer::accept_loop() {
    while (acceptor_.is_open()) {
        auto [error, socket] = co_await acceptor_.async_accept(kToken);
        if (!error) {
            asio::co_spawn(io_, serve(std::move(socket)), end_daemon_on_exception);
        } else if (acceptor_.is_open()) {
            // Out of descriptors, most likely: trying again at once would not help.
            asio::steady_timer pause(io_, std::chrono::milliseconds(100));
            co_await pause.async_wait(kToken);
        }
    }
}

asio::awaitable<void> ControlServer::serve(Socket socket) {
    // Shared with the timer's handler, which may be on its way already when this ends.
    const auto shared = std::make_shared<Socket>(std::move(socket));
    asio::steady_timer deadline(io_, options_.session_max);
    deadline.async_wait([shared](const boost::system::error_code& error) {
        if (!error) shared->cancel();
    });
    std::string request;
    const auto [read_error, length] = co_await asio::async_read_until(
        *shared, asio::dynamic_buffer(request, options_.request_bytes_max), '\n', kToken);
    if (!read_error) {
        const std::string answer = handler_(std::string_view(request).substr(0, length - 1)) + "\n";
        co_await asio::async_write(*shared, asio::buffer(answer), kToken);
    }
    deadline.cancel();
}

}  // namespace eventfwd

#include "daemon/control/control_server.h"

#include <fmt/format.h>
#include <sys/un.h>
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

}  // namespace

ControlServer::ControlServer(asio::io_context& io, Handler handler, ControlServerOptions options)
    : options_(options), io_(io), handler_(std::move(handler)) {}

ControlServer::~ControlServer() {
    close();
}

Result<> ControlServer::listen(const std::string& named, mode_t mode) {
    auto path = PosixFileSystem().real_path(named);
    if (!path) return std::unexpected(path.error());
    path_ = std::move(*path);
    mode_ = mode;
    return open();
}

Result<> ControlServer::open() {
    const auto failed = [&](const std::string& reason) {
        return failure(fmt::format("listen on control socket {}: {}", path_, reason));
    };
    if (path_.size() >= sizeof(sockaddr_un::sun_path)) {
        return failed("the path of a socket is too long");
    }
    PosixFileSystem files;
    if (auto made = files.make_directories(parent_path(path_), 0755); !made) return made;
    boost::system::error_code error;
    auto acceptor = std::make_shared<Acceptor>(io_);
    acceptor->open(Protocol(), error);
    if (error) return failed(error.message());
    auto file = bind_socket_file(acceptor->native_handle(), path_, mode_);
    if (!file) {
        const bool is_taken = file.error().code == EADDRINUSE;
        return failed(is_taken ? "another eventfwd answers there" : file.error().message);
    }
    acceptor->listen(16, error);
    if (error) return failed(error.message());
    file_ = std::move(*file);
    acceptor_ = std::move(acceptor);
    asio::co_spawn(io_, accept_loop(acceptor_), end_daemon_on_exception);
    return {};
}

std::optional<LostSocketFile> ControlServer::restore() {
    if (!acceptor_ || file_.is_in_place()) return std::nullopt;
    const auto old = acceptor_;
    auto opened = open();
    if (opened) serve_waiting(*old);
    return LostSocketFile{path_, std::move(opened)};
}

void ControlServer::close() {
    file_.remove();
    boost::system::error_code ignored;
    if (acceptor_) acceptor_->close(ignored);
    acceptor_.reset();
}

// Takes who has connected already, and ends ACCEPTOR.
void ControlServer::serve_waiting(Acceptor& acceptor) {
    boost::system::error_code error;
    acceptor.non_blocking(true, error);
    while (!error) {
        Socket socket(io_);
        acceptor.accept(socket, error);
        if (!error) asio::co_spawn(io_, serve(std::move(socket)), end_daemon_on_exception);
    }
    acceptor.close(error);
}

asio::awaitable<void> ControlServer::accept_loop(std::shared_ptr<Acceptor> acceptor) {
    while (acceptor->is_open()) {
        auto [error, socket] = co_await acceptor->async_accept(kToken);
        if (!error) {
            asio::co_spawn(io_, serve(std::move(socket)), end_daemon_on_exception);
        } else if (acceptor->is_open()) {
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

#include "daemon/app/socket_keeper.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

// Who removes a directory and all in it shall find it empty.
constexpr auto kSettle = 200ms;
// Where a file cannot be made, or not be watched.
constexpr auto kRetry = 1s;

}  // namespace

SocketKeeper::SocketKeeper(boost::asio::io_context& io, InputSet& inputs, ControlServer& control)
    : inputs_(inputs),
      control_(control),
      watch_(io, [this] { check_after(kSettle); }),
      timer_(io) {}

void SocketKeeper::check() {
    timer_.cancel();
    std::vector<std::string> paths = inputs_.socket_paths();
    paths.push_back(control_.path());
    // Before they are looked at: what goes afterwards is noticed.
    const auto watched = watch_.watch(paths);
    unwatched_.note(watched, [](const Error& error) {
        spdlog::warn("{}; the files of the sockets are looked at once a second", error.message);
    });
    std::vector<LostSocketFile> lost = inputs_.restore_sockets();
    if (auto control = control_.restore()) lost.push_back(std::move(*control));
    const bool is_any_new = report(lost);
    if (is_any_new) {
        check_after(kSettle);  // the new files are not watched yet
    } else if (!lost.empty() || !watched) {
        check_after(kRetry);
    }
}

void SocketKeeper::stop() {
    watch_.stop();
    timer_.cancel();
}

void SocketKeeper::check_after(std::chrono::milliseconds wait) {
    timer_.expires_after(wait);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) check();
    });
}

// Whether any was made anew.
bool SocketKeeper::report(const std::vector<LostSocketFile>& lost) {
    for (auto& [path, edge] : edges_) {
        if (std::ranges::find(lost, path, &LostSocketFile::path) != lost.end()) continue;
        edge.note(
            {}, [](const Error&) {},
            [&] { spdlog::info("the socket file {} is in place again", path); });
    }
    bool is_any_new = false;
    for (const LostSocketFile& file : lost) {
        edges_[file.path].note(file.made, [&](const Error& error) {
            spdlog::error("the socket file {} is not in place, and cannot be made anew: {}",
                          file.path, error.message);
        });
        if (!file.made) continue;
        spdlog::warn("the socket file {} was not in place; it is made anew", file.path);
        is_any_new = true;
    }
    return is_any_new;
}

}  // namespace eventfwd

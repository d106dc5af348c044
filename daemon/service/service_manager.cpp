#include "daemon/service/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "core/unique_fd.h"

namespace eventfwd {
namespace {

std::string take_variable(const char* name) {
    const char* const value = std::getenv(name);
    const std::string text = value == nullptr ? "" : value;
    ::unsetenv(name);
    return text;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
    ServiceManager manager;
    manager.socket_path_ = take_variable("NOTIFY_SOCKET");
    const std::string pid = take_variable("WATCHDOG_PID");
    const long long limit = std::atoll(take_variable("WATCHDOG_USEC").c_str());
    const bool is_meant = pid.empty() || pid == std::to_string(::getpid());
    if (limit > 0 && is_meant) manager.watchdog_ = std::chrono::microseconds(limit) / 2;
    return manager;
}

void ServiceManager::tell_reloading() const {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const long long microseconds = now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void ServiceManager::tell(std::string_view state) const {
    sockaddr_un address{};
    if (socket_path_.empty() || socket_path_.size() >= sizeof(address.sun_path)) return;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
    std::size_t length = offsetof(sockaddr_un, sun_path) + socket_path_.size();
    if (socket_path_.front() == '@') {
        address.sun_path[0] = '\0';
    } else {
        ++length;
    }
    const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    // A manager that does not listen is no trouble of ours.
    [[maybe_unused]] const ssize_t sent =
        ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(length));
}

}  // namespace eventfwd

#include "net/host_lookup.h"

#include <fmt/format.h>
#include <netdb.h>

#include <system_error>
#include <thread>

namespace eventfwd {
namespace {

HostLookup::Answer look_up(const std::string& host, std::uint16_t port, int flags) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_DGRAM;  // any one will do: each address once
    hints.ai_flags = AI_NUMERICSERV | flags;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (code != 0) {
        return failure(fmt::format("look up {}: {}", host,
                                   code == EAI_SYSTEM ? error_text(errno) : ::gai_strerror(code)));
    }
    std::vector<Address> addresses;
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
        if (const auto address = Address::of(each->ai_addr, each->ai_addrlen)) {
            addresses.push_back(*address);
        }
    }
    ::freeaddrinfo(found);
    if (addresses.empty()) return failure(fmt::format("look up {}: it has no address", host));
    return addresses;
}

}  // namespace

HostLookup::HostLookup(const std::string& host, std::uint16_t port) {
    if (auto numeric = look_up(host, port, AI_NUMERICHOST)) {
        shared_->answer = std::move(numeric);
        return;
    }
    try {
        std::thread([shared = shared_, host, port] {
            auto answer = look_up(host, port, 0);
            const std::lock_guard lock(shared->mutex);
            shared->answer = std::move(answer);
        }).detach();
    } catch (const std::system_error& error) {
        shared_->answer = failure(fmt::format("look up {}: {}", host, error.what()));
    }
}

std::optional<HostLookup::Answer> HostLookup::answer() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->answer;
}

}  // namespace eventfwd

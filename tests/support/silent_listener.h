// A TCP address of this machine that never answers: its listener accepts nobody, its queue is full,
// and the kernel drops whatever else knocks.
#pragma once

#include <sys/socket.h>

#include <vector>

#include "core/unique_fd.h"
#include "net/address.h"

namespace eventfwd::test {

class SilentListener {
  public:
    // HOST is numeric, with port 0.
    explicit SilentListener(const std::string& at = "127.0.0.1:0") {
        const Address wanted = *Address::parse(at);
        listener_ = UniqueFd(::socket(wanted.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
        ::bind(listener_.get(), wanted.raw(), wanted.length());
        ::listen(listener_.get(), 0);
        sockaddr_storage raw{};
        socklen_t length = sizeof(raw);
        auto* const bound = reinterpret_cast<sockaddr*>(&raw);
        ::getsockname(listener_.get(), bound, &length);
        address_ = *Address::of(bound, length);
        for (int caller = 0; caller < 4; ++caller) {
            callers_.emplace_back(
                ::socket(wanted.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            ::connect(callers_.back().get(), bound, length);
        }
    }
    const Address& address() const { return address_; }

  private:
    UniqueFd listener_;
    Address address_;
    std::vector<UniqueFd> callers_;
};

}  // namespace eventfwd::test

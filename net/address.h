// A socket address as people write it: 127.0.0.1:8514, [::1]:8514.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>

namespace eventfwd {

class Address {
  public:
    // Numeric addresses only, with a port from 0 to 65535; nothing for anything else.
    static std::optional<Address> parse(std::string_view text);
    static std::optional<Address> of(const sockaddr* raw, socklen_t length);

    const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    socklen_t length() const { return length_; }
    int family() const { return storage_.ss_family; }
    std::string text() const;
    bool is_loopback() const;

    bool operator==(const Address& other) const { return text() == other.text(); }

  private:
    sockaddr_storage storage_{};
    socklen_t length_ = 0;
};

// Whether what is sent to HOST, a name or a numeric address without brackets, stays on this
// machine. Nothing is looked up: of the names only localhost does.
bool is_loopback_host(const std::string& host);

}  // namespace eventfwd

// Sends packets to a daemon's datagram socket, as any application would.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/unique_fd.h"
#include "net/address.h"

namespace eventfwd {

class PacketSender {
  public:
    // TO is an address (127.0.0.1:8514, udp://[::1]:8514, localhost:8514) or the path of a Unix
    // socket. A name is looked up, for as long as that takes.
    static Result<PacketSender> open(const std::string& to);

    // Fails where nobody listens, at any of a name's addresses, or where the packet is too large to
    // be sent.
    Result<> send(std::string_view packet);

  private:
    PacketSender(UniqueFd fd, std::string to) : fd_(std::move(fd)), to_(std::move(to)) {}

    int connect_next();
    int send_once(std::string_view packet, bool& is_refused);

    UniqueFd fd_;
    std::string to_;
    std::vector<Address> untried_;  // of a name, the last one is next
};

}  // namespace eventfwd

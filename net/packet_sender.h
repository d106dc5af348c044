// Sends packets to a daemon's datagram socket, as any application would.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "core/unique_fd.h"

namespace eventfwd {

class PacketSender {
  public:
    // TO is an address (127.0.0.1:8514, udp://[::1]:8514) or the path of a Unix socket.
    static Result<PacketSender> open(const std::string& to);

    // Fails where nobody listens, or where the packet is too large to be sent.
    Result<> send(std::string_view packet);

  private:
    PacketSender(UniqueFd fd, std::string to) : fd_(std::move(fd)), to_(std::move(to)) {}

    UniqueFd fd_;
    std::string to_;
};

}  // namespace eventfwd

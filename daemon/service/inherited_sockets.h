// The sockets that systemd hands over (LISTEN_FDS). Each is given to the input that it was made
// for: by the name that FileDescriptorName= gave it, else by its address.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/unique_fd.h"
#include "net/address.h"

namespace eventfwd {

class InheritedSockets {
  public:
    struct Socket {
        UniqueFd fd;
        std::string fd_name;  // FileDescriptorName=
        std::string address;  // "127.0.0.1:8514", a path, or "@name"; empty: another kind
        int type = 0;         // SOCK_DGRAM, SOCK_STREAM
    };

    InheritedSockets() = default;
    explicit InheritedSockets(std::vector<Socket> sockets) : sockets_(std::move(sockets)) {}
    // Takes over what the environment names, once in a process.
    static InheritedSockets from_environment();

    // Takes the datagram sockets named INPUT_NAME, or bound to one of ADDRESSES.
    std::vector<Socket> take(const std::string& input_name,
                             const std::vector<std::string>& addresses);

    // Takes the datagram sockets that are left and have an address that can be named.
    std::vector<Socket> take_datagram_sockets();

    bool empty() const { return sockets_.empty(); }
    // Those that nobody took.
    const std::vector<Socket>& left() const { return sockets_; }

    // The same sockets by other descriptors: for a start that may fail and be tried again.
    InheritedSockets duplicate() const;

  private:
    template <class IsMeant>
    std::vector<Socket> take_if(IsMeant&& is_meant);

    std::vector<Socket> sockets_;
};

}  // namespace eventfwd

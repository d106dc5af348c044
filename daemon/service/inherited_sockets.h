// The sockets that systemd hands over (LISTEN_FDS). Each is given to the input that it was made
// for: by the name that FileDescriptorName= gave it, else by its address.
#pragma once

#include <string>
#include <vector>

#include "core/unique_fd.h"
#include "net/address.h"

namespace eventfwd {

class InheritedSockets {
  public:
    // Takes over what the environment names, once in a process.
    static InheritedSockets from_environment();

    struct Socket {
        UniqueFd fd;
        std::string fd_name;  // FileDescriptorName=
        std::string address;  // "127.0.0.1:8514" or a path
        int type = 0;         // SOCK_DGRAM, SOCK_STREAM
    };

    // Takes the datagram sockets named INPUT_NAME, or bound to one of ADDRESSES.
    std::vector<Socket> take(const std::string& input_name,
                             const std::vector<std::string>& addresses);

    // Those that nobody took, for a warning.
    const std::vector<Socket>& left() const { return sockets_; }

  private:
    std::vector<Socket> sockets_;
};

}  // namespace eventfwd

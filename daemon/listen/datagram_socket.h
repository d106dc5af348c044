// The sockets of the datagram inputs: opened by us, or handed over by systemd.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"
#include "core/unique_fd.h"
#include "net/address.h"
#include "net/socket_file.h"

namespace eventfwd {

struct DatagramSocket {
    UniqueFd fd;
    std::string name;  // as people know it: an address or a path
    bool is_inherited = false;
    std::uint64_t receive_buffer_bytes = 0;  // granted
    SocketFile file;  // of a Unix socket with a path; it goes before the socket is closed
};

// Binds a UDP socket. RECEIVE_BUFFER is asked for beyond the system's limit where we may.
Result<DatagramSocket> open_udp_socket(const Address& address, std::uint64_t receive_buffer_bytes);

// Binds a Unix datagram socket at PATH with MODE. One that a dead process left there is replaced,
// one that somebody listens on is not.
Result<DatagramSocket> open_unix_socket(const std::string& path, mode_t mode,
                                        std::uint64_t receive_buffer_bytes);

// Sets up a socket that systemd holds.
Result<DatagramSocket> adopt_socket(UniqueFd fd, std::string name,
                                    std::uint64_t receive_buffer_bytes);

// Gives a socket that is open already another receive buffer and, to a Unix socket of ours, another
// mode.
void adjust_socket(DatagramSocket& socket, std::uint64_t receive_buffer_bytes,
                   std::optional<mode_t> mode);

// Makes the kernel refuse what is sent to the socket from now on; what is queued can still be
// taken. One that systemd holds stays open: what is sent to it waits for the next start.
void refuse_more(const DatagramSocket& socket);

// How many datagrams the kernel has dropped at this socket for want of room, modulo 2^32, since the
// socket was made (SO_MEMINFO).
std::uint32_t kernel_drops(int fd);

// What tells this socket from every other since the machine started (SO_COOKIE).
std::uint64_t socket_cookie(int fd);

}  // namespace eventfwd

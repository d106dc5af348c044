// `eventfwd send --stdin`: a packet for each line of standard input.
#pragma once

#include <cstddef>
#include <cstdint>

#include "net/packet_sender.h"

namespace eventfwd {

// Sends them, at most RATE a second (0: as fast as it goes), and says on standard error how many.
// Lines over PACKET_BYTES_MAX, or too large for the socket, are left out and reported. Returns the
// exit status of the command.
int send_lines(PacketSender& sender, std::uint64_t rate, std::size_t packet_bytes_max);

}  // namespace eventfwd

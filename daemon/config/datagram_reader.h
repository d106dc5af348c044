// What all inputs of datagrams have: the socket's buffer, and how a packet is decoded.
#pragma once

#include "daemon/config/section.h"
#include "daemon/intake/intake_options.h"
#include "daemon/listen/datagram_options.h"

namespace eventfwd {

DatagramOptions read_datagram(Section& section, DecodeOptions& decode);

}  // namespace eventfwd

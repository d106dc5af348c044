// The options of an input of type udp: read, described and warned of.
#pragma once

#include <string>

#include "daemon/config/read_context.h"
#include "daemon/config/warning.h"
#include "daemon/listen/datagram_options.h"

namespace eventfwd {

Source read_udp_input(Section& section, ReadContext& context, IntakeOptions& intake);
std::string describe(const UdpOptions& udp);
Warnings warnings_of(const UdpOptions& udp);

}  // namespace eventfwd

// The options of an input of type unix_datagram: read, described and warned of.
#pragma once

#include <string>

#include "daemon/config/read_context.h"
#include "daemon/config/warning.h"
#include "daemon/listen/datagram_options.h"

namespace eventfwd {

Source read_unix_datagram_input(Section& section, ReadContext& context, IntakeOptions& intake);
std::string describe(const UnixDatagramOptions& unix_datagram);
Warnings warnings_of(const UnixDatagramOptions& unix_datagram);

}  // namespace eventfwd

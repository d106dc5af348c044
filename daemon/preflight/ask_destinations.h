// Whether the destinations beyond this machine's files answer. The sinks themselves ask, by sending
// a batch without events: a HEC then says whether it takes the token, a syslog server lets itself
// be connected to.
#pragma once

#include <string>
#include <vector>

#include "daemon/config/settings.h"

namespace eventfwd {

struct DestinationAnswer {
    std::string sink;
    std::string address;
    std::string problem;  // empty: it answers
};

// All at once; each is given its sink's timeout, and no more than five seconds.
std::vector<DestinationAnswer> ask_destinations(const Settings& settings);

}  // namespace eventfwd

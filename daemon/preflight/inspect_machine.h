// What `run` would need of this machine beyond a configuration that holds: secrets that can be
// read, directories that can be written, addresses that are this machine's. Nothing is made or
// changed.
#pragma once

#include "daemon/config/settings.h"

namespace eventfwd {

struct Preflight {
    Diagnostics problems;
    Diagnostics warnings;  // also of what the daemon's own user may be allowed to do
};

// READ has no problems.
Preflight inspect_machine(const ReadSettings& read);

}  // namespace eventfwd

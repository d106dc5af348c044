// The status as JSON.
#pragma once

#include <string>

#include "daemon/status/status.h"

namespace eventfwd {

// What `eventfwd status --json` prints, on one line.
std::string to_json(const Status& status);

}  // namespace eventfwd

// The command line's side of the control socket.
#pragma once

#include <string>

#include "core/result.h"

namespace eventfwd {

// Sends REQUEST to the daemon at PATH and gives its answer. Fails, saying what to do, where no
// daemon answers.
Result<std::string> ask_daemon(const std::string& path, const std::string& request);

}  // namespace eventfwd

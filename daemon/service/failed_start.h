// What a daemon does whose start failed while a service manager holds its sockets: it waits. If it
// ended at once it would be started again without a pause.
#pragma once

#include <chrono>

namespace eventfwd {

enum class AfterFailure { try_again, give_up, end };

// Blocks the calling thread, which is the only one. SIGHUP: try_again; SIGTERM or SIGINT: end;
// neither until PATIENCE is over: give_up.
AfterFailure wait_after_failed_start(std::chrono::seconds patience);

}  // namespace eventfwd

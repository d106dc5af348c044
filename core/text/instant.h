// A point in time, as events and the journal have it.
#pragma once

#include <chrono>

namespace eventfwd {

// Microseconds since 1970 in UTC.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

}  // namespace eventfwd

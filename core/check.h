// Impossible states: always checked, logged and fatal. The journal recovers at the next start.
#pragma once

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <exception>

#define EVENTFWD_CHECK(condition)                                                         \
    do {                                                                                  \
        if (!(condition)) [[unlikely]] {                                                  \
            ::spdlog::critical("{}:{}: impossible: {} does not hold", __FILE__, __LINE__, \
                               #condition);                                               \
            std::abort();                                                                 \
        }                                                                                 \
    } while (false)

namespace eventfwd {

// What a coroutine that nobody waits for ends with: an exception would leave its part of the daemon
// dead, and the rest going on as if nothing were.
inline void end_daemon_on_exception(const std::exception_ptr& exception) {
    if (!exception) return;
    try {
        std::rethrow_exception(exception);
    } catch (const std::exception& error) {
        ::spdlog::critical("impossible: {}", error.what());
    }
    std::abort();
}

}  // namespace eventfwd

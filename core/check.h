// Impossible states: always checked, logged and fatal. The journal recovers at the next start.
#pragma once

#include <exception>

#define EVENTFWD_CHECK(condition)                                   \
    do {                                                            \
        if (!(condition)) [[unlikely]] {                            \
            ::eventfwd::fail_check(__FILE__, __LINE__, #condition); \
        }                                                           \
    } while (false)

namespace eventfwd {

[[noreturn]] void fail_check(const char* file, int line, const char* condition);

// What a coroutine that nobody waits for ends with: an exception would leave its part of the daemon
// dead, and the rest going on as if nothing were.
void end_daemon_on_exception(const std::exception_ptr& exception);

}  // namespace eventfwd

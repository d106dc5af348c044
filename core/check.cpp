#include "core/check.h"

#include <spdlog/spdlog.h>

#include <cstdlib>

namespace eventfwd {

void fail_check(const char* file, int line, const char* condition) {
    spdlog::critical("{}:{}: impossible: {} does not hold", file, line, condition);
    std::abort();
}

void end_daemon_on_exception(const std::exception_ptr& exception) {
    if (!exception) return;
    try {
        std::rethrow_exception(exception);
    } catch (const std::exception& error) {
        spdlog::critical("impossible: {}", error.what());
    }
    std::abort();
}

}  // namespace eventfwd

// An impossible state: always checked, logged and fatal. The journal recovers at the next start.
#pragma once

#include <spdlog/spdlog.h>

#include <cstdlib>

#define EVENTFWD_CHECK(condition)                                                         \
    do {                                                                                  \
        if (!(condition)) [[unlikely]] {                                                  \
            ::spdlog::critical("{}:{}: impossible: {} does not hold", __FILE__, __LINE__, \
                               #condition);                                               \
            std::abort();                                                                 \
        }                                                                                 \
    } while (false)

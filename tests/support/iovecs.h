// What several parts of a write are together.
#pragma once

#include <sys/uio.h>

#include <numeric>
#include <span>

namespace eventfwd::test {

inline std::size_t total_bytes(std::span<const iovec> parts) {
    return std::accumulate(parts.begin(), parts.end(), std::size_t{0},
                           [](std::size_t sum, const iovec& part) { return sum + part.iov_len; });
}

}  // namespace eventfwd::test

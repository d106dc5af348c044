// Numbers that a reader does not get, and why.
#pragma once

#include <cstdint>

namespace eventfwd {

struct Gap {
    enum class Why {
        shed,      // removed on purpose: max_size was reached
        damaged,   // lost to damage
        left_out,  // by a start, after a power cut or damage: most of them were never issued
    };
    Why why = Why::shed;
    std::uint64_t begin = 0;  // numbers [begin, end)
    std::uint64_t end = 0;
};

}  // namespace eventfwd

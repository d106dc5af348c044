// Whole lines that stand together in memory, with the numbers the journal gave them.
#pragma once

#include <cstdint>
#include <string_view>

namespace eventfwd {

struct LineRun {
    std::uint64_t first_sequence = 0;
    std::uint32_t count = 0;
    std::string_view lines;  // each with its line feed

    std::uint64_t end_sequence() const { return first_sequence + count; }
};

}  // namespace eventfwd

// The inside of a JSON string, written at the speed of the lines that it is made of.
#pragma once

#include <cstddef>
#include <string_view>

namespace eventfwd {

constexpr std::size_t kJsonGrowthMax = 6;  // one byte becomes six at most

// Writes TEXT to OUT, which has room for kJsonGrowthMax × its size and a block (16 bytes) more, by
// RFC 8259, section 7. A byte that is not UTF-8 becomes the four characters \xHH. Returns the end.
char* write_json_escaped(char* out, std::string_view text);

}  // namespace eventfwd

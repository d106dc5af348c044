// Text inside JSON strings, escaped by RFC 8259, section 7. Control characters beyond those that it
// asks for (printable.h has them) become \uHHHH, too: readers split lines at some, terminals obey
// others. A byte that is not UTF-8 becomes the four characters \xHH. For those who write JSON
// themselves: lines for a destination, the log.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace eventfwd {

constexpr std::size_t kJsonGrowthMax = 6;  // one byte becomes six at most

// Writes the inside of a JSON string to OUT, which has room for kJsonGrowthMax × the size of TEXT
// and a block (16 bytes) more. Returns the end.
char* write_json_escaped(char* out, std::string_view text);

// Appends the inside of a JSON string to OUT.
void append_json_escaped(std::string& out, std::string_view text);

// TEXT as a JSON string, with its quotes.
std::string json_quoted(std::string_view text);

}  // namespace eventfwd

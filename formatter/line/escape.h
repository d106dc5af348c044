// The escapes inside the quotes of a line: \" \\ \n \r \t, and \xHH for every byte of a control
// character (C0, DEL, C1, U+2028, U+2029) or of an invalid UTF-8 sequence. What comes out is valid,
// printable UTF-8 without any line break.
#pragma once

#include <cstddef>
#include <string_view>

namespace eventfwd {

constexpr std::size_t kEscapeGrowthMax = 4;  // one byte becomes four at most

// Writes TEXT escaped to OUT, which has room for kEscapeGrowthMax × its size. Returns the end of
// what was written.
char* write_escaped(char* out, std::string_view text);

// Which escapes an input may use beside those that write_escaped makes.
enum class EscapeRules {
    strict,   // a line as it was rendered
    lenient,  // a packet: \xHH in either case, and a backslash before anything else is itself
};

// Writes ESCAPED (the inside of a pair of quotes) as the bytes it stands for to OUT, which has room
// for its size. Returns the end of what was written, or nullptr for an escape that strict rules
// out.
char* write_unescaped(char* out, std::string_view escaped, EscapeRules rules);

}  // namespace eventfwd

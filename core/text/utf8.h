// What of a text is UTF-8 (RFC 3629).
#pragma once

#include <cstddef>
#include <string_view>

namespace eventfwd {

// How many bytes the UTF-8 sequence at the start of TEXT has; 0 where there is no valid one
// (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF).
std::size_t utf8_sequence_length(std::string_view text);

bool is_valid_utf8(std::string_view text);

}  // namespace eventfwd

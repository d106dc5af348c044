// Text inside JSON: escaping by RFC 8259, section 7, for the places that write JSON themselves.
#pragma once

#include <string>
#include <string_view>

namespace eventfwd {

// Appends TEXT to OUT as the inside of a JSON string, without the quotes. TEXT is valid UTF-8.
void append_json_escaped(std::string& out, std::string_view text);

// TEXT in quotes, escaped. A byte that is not UTF-8 becomes the four characters \xHH.
std::string json_quoted(std::string_view text);

// How many bytes the UTF-8 sequence at the start of TEXT has; 0 where there is no valid one
// (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF).
std::size_t utf8_sequence_length(std::string_view text);

bool is_valid_utf8(std::string_view text);

// JSON, in which every byte that is not UTF-8 (it stands in a string, then) has become \\xHH.
std::string with_valid_utf8(std::string json);

}  // namespace eventfwd

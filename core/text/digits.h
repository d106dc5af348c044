// Decimal digits at a place in a text.
#pragma once

#include <cstddef>
#include <string_view>

namespace eventfwd {

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

inline bool has_char(std::string_view text, std::size_t at, char c) {
    return at < text.size() && text[at] == c;
}

// The digits that TEXT begins with.
inline std::string_view leading_digits(std::string_view text) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count]))
        ++count;
    return text.substr(0, count);
}

}  // namespace eventfwd

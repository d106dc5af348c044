// Words in texts, and the white space around them.
#pragma once

#include <algorithm>
#include <string_view>

namespace eventfwd {

// TEXT without the bytes of SPACE around it.
inline std::string_view trimmed(std::string_view text, std::string_view space = " \t\r\n") {
    const std::size_t begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

// The first word of TEXT, whose words have single spaces between them, which loses it and the space
// behind it.
inline std::string_view take_word(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    return word;
}

}  // namespace eventfwd

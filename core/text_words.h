// Texts of words with single spaces between them, as the control socket's requests are.
#pragma once

#include <algorithm>
#include <string_view>

namespace eventfwd {

// The first word of TEXT, which loses it and the space behind it.
inline std::string_view take_word(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    return word;
}

}  // namespace eventfwd

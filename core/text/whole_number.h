// Numbers that are a whole text, not the beginning of one.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace eventfwd {

// "42" → 42, "-7" → -7 where Number has a sign; nothing for anything else (an empty text, a plus, a
// space, more behind the digits) or an overflow. Leading zeros are read over.
template <std::integral Number>
std::optional<Number> whole_number(std::string_view text, int base = 10) {
    Number number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, base);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
}

}  // namespace eventfwd

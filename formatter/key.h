// Property keys. A key is cleaned as Splunk itself would clean it, so that what was sent as
// "some-data" is found as some_data everywhere.
#pragma once

#include <cstddef>
#include <string_view>

namespace eventfwd {

// Whether KEY is one already: not empty, and only of [A-Za-z0-9_].
bool is_clean_key(std::string_view key);

constexpr std::size_t kKeyTooLong = static_cast<std::size_t>(-1);

// Writes KEY cleaned to OUT: each code point, or byte of an invalid sequence, outside the alphabet
// becomes one "_", and an empty key becomes "_". Returns how many bytes were written, or
// kKeyTooLong where that would be more than LIMIT.
std::size_t write_clean_key(char* out, std::size_t limit, std::string_view key);

}  // namespace eventfwd

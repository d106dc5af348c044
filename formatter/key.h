// Property keys. A key is cleaned as Splunk itself would clean it, so that what was sent as
// "some-data" is found as some_data everywhere.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/text/block.h"

namespace eventfwd {

// Whether KEY is one already: not empty, and only of [A-Za-z0-9_].
inline bool is_clean_key(std::string_view key) {
    const char* const at = key.data();
    const std::size_t size = key.size();
    if (size < Block::kBytes) return size > 0 && Block::load_any(at, size).not_key() == 0;
    for (std::size_t begin = 0; begin + Block::kBytes <= size; begin += Block::kBytes) {
        if (Block::load(at + begin).not_key() != 0) return false;
    }
    return Block::load(at + size - Block::kBytes).not_key() == 0;
}

constexpr std::size_t kKeyTooLong = static_cast<std::size_t>(-1);

// Writes KEY cleaned to OUT: each code point, or byte of an invalid sequence, outside the alphabet
// becomes one "_", and an empty key becomes "_". Returns how many bytes were written, or
// kKeyTooLong where that would be more than LIMIT.
std::size_t write_clean_key(char* out, std::size_t limit, std::string_view key);

}  // namespace eventfwd

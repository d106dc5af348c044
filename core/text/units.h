// Sizes and durations as people write them: 64KiB, 4GiB, 250ms, 7d.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace eventfwd {

constexpr std::uint64_t operator""_KiB(unsigned long long n) {
    return n << 10;
}
constexpr std::uint64_t operator""_MiB(unsigned long long n) {
    return n << 20;
}
constexpr std::uint64_t operator""_GiB(unsigned long long n) {
    return n << 30;
}

// "512", "512B", "64KiB", "4MiB", "1GiB", "2TiB" → bytes; nothing for anything else or an overflow.
std::optional<std::uint64_t> parse_size(std::string_view text);

// "250ms", "1s", "5m", "2h", "7d", "0s" → microseconds; nothing for anything else or an overflow.
std::optional<std::chrono::microseconds> parse_duration(std::string_view text);

// The shortest exact form that parse_size reads back: 65536 → "64KiB".
std::string format_size(std::uint64_t bytes);

// The shortest exact form that parse_duration reads back: 90 s → "90s", 1 min → "1m".
std::string format_duration(std::chrono::microseconds duration);

// Digits in groups of three, for people: 1234567 → "1,234,567".
std::string format_count(std::uint64_t count);

}  // namespace eventfwd

// Eight bytes at a time in a plain 64-bit word: where is the first byte that is not ordinary? Each
// mask has the top bit of a byte set where the byte is hit; a borrow can set bits above the first
// hit only, so the first one is always right. Little-endian, as all of Debian's release machines.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace eventfwd::swar {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kTops = 0x8080808080808080;

inline std::uint64_t load(const char* from) {
    std::uint64_t word;
    std::memcpy(&word, from, 8);
    return word;
}

// The N (0…7) bytes at FROM, zeros above, without a read past them.
inline std::uint64_t load_partial(const char* from, std::size_t n) {
    if (n >= 4) {
        std::uint32_t low;
        std::uint32_t high;
        std::memcpy(&low, from, 4);
        std::memcpy(&high, from + n - 4, 4);
        return low | (std::uint64_t{high} << (8 * (n - 4)));
    }
    if (n == 0) return 0;
    const auto byte = [from](std::size_t at) {
        return std::uint64_t{static_cast<unsigned char>(from[at])} << (8 * at);
    };
    return byte(0) | byte(n / 2) | byte(n - 1);
}

constexpr std::uint64_t below(std::uint64_t word, unsigned char limit) {
    return (word - kOnes * limit) & ~word & kTops;
}

constexpr std::uint64_t equal(std::uint64_t word, unsigned char byte) {
    const std::uint64_t difference = word ^ (kOnes * byte);
    return (difference - kOnes) & ~difference & kTops;
}

// The index of the first byte that MASK hits. MASK is not 0.
inline std::size_t first(std::uint64_t mask) {
    return static_cast<std::size_t>(std::countr_zero(mask)) / 8;
}

// MASK without the hits in bytes N (0…7) and above.
constexpr std::uint64_t within(std::uint64_t mask, std::size_t n) {
    return mask & ((std::uint64_t{1} << (8 * n)) - 1);
}

}  // namespace eventfwd::swar

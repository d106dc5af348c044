// Sixteen bytes at a time: where is the first one that is not ordinary? Masks have one bit a byte,
// the lowest for the first. With SSE2, which every amd64 has, and the same in plain words
// elsewhere.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace eventfwd {

class Block {
  public:
    static constexpr std::size_t kBytes = 16;

    // The 16 bytes at FROM.
    static Block load(const char* from) {
        Block block;
        std::memcpy(&block.bytes_, from, kBytes);
        return block;
    }

    // The N (0…15) bytes at FROM, zeros above, without a read past them.
    static Block load_partial(const char* from, std::size_t n) {
        if (n < 8) return from_words(load_partial_word(from, n), 0);
        const std::uint64_t high = n == 8 ? 0 : load_word(from + n - 8) >> (8 * (16 - n));
        return from_words(load_word(from), high);
    }

    void store(char* to) const { std::memcpy(to, &bytes_, kBytes); }

    // One word of the N (0…7) bytes at FROM, zeros above, without a read past them.
    static std::uint64_t load_partial_word(const char* from, std::size_t n) {
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

    static std::uint64_t load_word(const char* from) {
        std::uint64_t word;
        std::memcpy(&word, from, 8);
        return word;
    }

    // Bytes that end a JSON string, begin an escape in it or must not be in it.
    unsigned not_plain_json() const { return below_space() | equal('"') | equal('\\'); }

    // Bytes that do not stand for themselves in a line, or that have to be looked at more closely.
    unsigned not_plain_line() const { return not_plain_json() | equal('\x7F') | top_bit(); }

    // Bytes outside the alphabet of a key, [A-Za-z0-9_].
    unsigned not_key() const {
        return ~(in_range('0', '9') | letters() | equal('_')) & ((1U << kBytes) - 1);
    }

  private:
    static_assert(std::endian::native == std::endian::little);

#if defined(__SSE2__)
    // By registers: going through memory would wait for two stores to become one load.
    static Block from_words(std::uint64_t low, std::uint64_t high) {
        Block block;
        block.bytes_ = _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
        return block;
    }
    static unsigned mask(__m128i hits) { return static_cast<unsigned>(_mm_movemask_epi8(hits)); }
    unsigned equal(char byte) const { return mask(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(byte))); }
    unsigned below_space() const {
        return mask(_mm_cmpeq_epi8(_mm_min_epu8(bytes_, _mm_set1_epi8(0x1F)), bytes_));
    }
    unsigned top_bit() const { return mask(bytes_); }
    static __m128i within(__m128i bytes, char first, char last) {
        const __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
        const __m128i most = _mm_set1_epi8(static_cast<char>(last - first));
        return _mm_cmpeq_epi8(_mm_min_epu8(above, most), above);
    }
    unsigned in_range(char first, char last) const { return mask(within(bytes_, first, last)); }
    unsigned letters() const {
        const __m128i lower = _mm_or_si128(bytes_, _mm_set1_epi8(0x20));
        return mask(within(lower, 'a', 'z'));
    }

    __m128i bytes_;
#else
    static Block from_words(std::uint64_t low, std::uint64_t high) {
        const std::array<std::uint64_t, 2> words{low, high};
        return load(reinterpret_cast<const char*>(words.data()));
    }
    template <class Test>
    unsigned mask(Test&& test) const {
        unsigned hits = 0;
        for (unsigned at = 0; at < kBytes; ++at)
            hits |= test(bytes_[at]) ? 1U << at : 0U;
        return hits;
    }
    unsigned equal(char byte) const {
        return mask([=](unsigned char b) { return b == static_cast<unsigned char>(byte); });
    }
    unsigned below_space() const {
        return mask([](unsigned char b) { return b < 0x20; });
    }
    unsigned top_bit() const {
        return mask([](unsigned char b) { return b >= 0x80; });
    }
    unsigned in_range(char first, char last) const {
        return mask([=](unsigned char b) { return b >= first && b <= last; });
    }
    unsigned letters() const { return in_range('a', 'z') | in_range('A', 'Z'); }

    std::array<unsigned char, kBytes> bytes_;
#endif
};

}  // namespace eventfwd

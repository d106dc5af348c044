// Sixteen bytes at a time: where is the first one that is not ordinary? Masks have one bit a byte,
// the lowest for the first. With SSE2, which every amd64 has, and the same in plain words
// elsewhere. Nothing here reads or writes a byte outside of what it is given.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace eventfwd {

template <class Word>
Word load_word(const char* from) {
    Word word;
    std::memcpy(&word, from, sizeof(word));
    return word;
}

template <class Word>
void store_word(char* to, Word word) {
    std::memcpy(to, &word, sizeof(word));
}

class Block {
  public:
    static constexpr std::size_t kBytes = 16;

    // The 16 bytes at FROM.
    static Block load(const char* from) {
        Block block;
        std::memcpy(&block.bytes_, from, kBytes);
        return block;
    }

    // The N (0…16) bytes at FROM, zeros above.
    static Block load_partial(const char* from, std::size_t n) {
        std::array<char, kBytes> padded{};
        std::memcpy(padded.data(), from, n);
        return load(padded.data());
    }

    // The N (1…15) bytes at FROM in no order, some of them more than once, and no others: good for
    // a question about all of them, and much cheaper than load_partial.
    static Block load_any(const char* from, std::size_t n) {
        if (n >= 8) {
            return from_words(load_word<std::uint64_t>(from),
                              load_word<std::uint64_t>(from + n - 8));
        }
        if (n >= 4) {
            const std::uint64_t word = load_word<std::uint32_t>(from) |
                                       std::uint64_t{load_word<std::uint32_t>(from + n - 4)} << 32;
            return from_words(word, word);
        }
        const auto byte = [from](std::size_t at) {
            return std::uint64_t{static_cast<unsigned char>(from[at])};
        };
        const std::uint64_t three = byte(0) | byte(n / 2) << 8 | byte(n - 1) << 16;
        const std::uint64_t word = three | three << 24 | three << 48;
        return from_words(word, word);
    }

    bool is(const Block& other) const { return mask(equal(other)) == kAll; }

    void store(char* to) const { std::memcpy(to, &bytes_, kBytes); }

    // Bytes that end a JSON string, begin an escape in it or must not be in it.
    unsigned not_plain_json() const { return mask(below_space() | equal('"') | equal('\\')); }

    // Bytes that do not stand for themselves in a line, or that have to be looked at more closely.
    unsigned not_plain_line() const {
        return mask(outside_ascii_text() | equal('"') | equal('\\') | equal('\x7F'));
    }

    // Bytes outside the alphabet of a key, [A-Za-z0-9_].
    unsigned not_key() const { return mask(~(within('0', '9') | letters() | equal('_'))); }

  private:
    static_assert(std::endian::native == std::endian::little);
    static constexpr unsigned kAll = (1U << kBytes) - 1;

#if defined(__SSE2__)
    struct Hits {  // 0xFF for a byte that is meant, 0 for another
        __m128i bytes;
        Hits operator|(Hits other) const { return {_mm_or_si128(bytes, other.bytes)}; }
        Hits operator~() const { return {_mm_xor_si128(bytes, _mm_set1_epi8(-1))}; }
    };
    static unsigned mask(Hits hits) { return static_cast<unsigned>(_mm_movemask_epi8(hits.bytes)); }
    // By registers: going through memory would wait for two stores to become one load.
    static Block from_words(std::uint64_t low, std::uint64_t high) {
        Block block;
        block.bytes_ = _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
        return block;
    }
    Hits equal(char byte) const { return {_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(byte))}; }
    Hits equal(const Block& other) const { return {_mm_cmpeq_epi8(bytes_, other.bytes_)}; }
    Hits below_space() const {
        return {_mm_cmpeq_epi8(_mm_min_epu8(bytes_, _mm_set1_epi8(0x1F)), bytes_)};
    }
    // Bytes below the space and, being negative, those with the top bit.
    Hits outside_ascii_text() const { return {_mm_cmplt_epi8(bytes_, _mm_set1_epi8(' '))}; }
    static Hits within(__m128i bytes, char first, char last) {
        const __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
        const __m128i most = _mm_set1_epi8(static_cast<char>(last - first));
        return {_mm_cmpeq_epi8(_mm_min_epu8(above, most), above)};
    }
    Hits within(char first, char last) const { return within(bytes_, first, last); }
    Hits letters() const { return within(_mm_or_si128(bytes_, _mm_set1_epi8(0x20)), 'a', 'z'); }

    __m128i bytes_;
#else
    using Hits = unsigned;
    static unsigned mask(Hits hits) { return hits & kAll; }
    Hits equal(const Block& other) const { return bytes_ == other.bytes_ ? kAll : 0; }
    static Block from_words(std::uint64_t low, std::uint64_t high) {
        const std::array<std::uint64_t, 2> words{low, high};
        return load(reinterpret_cast<const char*>(words.data()));
    }
    template <class Test>
    Hits where(Test&& test) const {
        Hits hits = 0;
        for (unsigned at = 0; at < kBytes; ++at)
            hits |= test(bytes_[at]) ? 1U << at : 0U;
        return hits;
    }
    Hits equal(char byte) const {
        return where([=](unsigned char b) { return b == static_cast<unsigned char>(byte); });
    }
    Hits below_space() const {
        return where([](unsigned char b) { return b < 0x20; });
    }
    Hits outside_ascii_text() const {
        return where([](unsigned char b) { return b < 0x20 || b >= 0x80; });
    }
    Hits within(char first, char last) const {
        return where([=](unsigned char b) { return b >= first && b <= last; });
    }
    Hits letters() const { return within('a', 'z') | within('A', 'Z'); }

    std::array<unsigned char, kBytes> bytes_;
#endif
};

// Copies TEXT to OUT and returns its end. For the short texts that events are made of: a call to
// memcpy takes longer to find out how to copy them than to do it.
inline char* copy_short(char* out, std::string_view text) {
    const char* const from = text.data();
    const std::size_t n = text.size();
    if (n > Block::kBytes) {
        std::memcpy(out, from, n);
    } else if (n >= 8) {
        const auto last = load_word<std::uint64_t>(from + n - 8);
        store_word(out, load_word<std::uint64_t>(from));
        store_word(out + n - 8, last);
    } else if (n >= 4) {
        const auto last = load_word<std::uint32_t>(from + n - 4);
        store_word(out, load_word<std::uint32_t>(from));
        store_word(out + n - 4, last);
    } else if (n > 0) {
        out[n / 2] = from[n / 2];
        out[n - 1] = from[n - 1];
        out[0] = from[0];
    }
    return out + n;
}

}  // namespace eventfwd

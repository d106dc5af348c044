#include "formatter/key.h"

#include <algorithm>
#include <array>

#include "core/text/utf8.h"

namespace eventfwd {
namespace {

constexpr std::array<bool, 256> kAlphabet = [] {
    std::array<bool, 256> in{};
    for (unsigned c = '0'; c <= '9'; ++c)
        in[c] = true;
    for (unsigned c = 'A'; c <= 'Z'; ++c)
        in[c] = true;
    for (unsigned c = 'a'; c <= 'z'; ++c)
        in[c] = true;
    in['_'] = true;
    return in;
}();

bool in_alphabet(char c) {
    return kAlphabet[static_cast<unsigned char>(c)];
}

}  // namespace

std::size_t write_clean_key(char* out, std::size_t limit, std::string_view key) {
    if (is_clean_key(key) && key.size() <= limit) {
        return static_cast<std::size_t>(copy_short(out, key) - out);
    }
    if (key.empty()) key = "_";
    std::size_t written = 0;
    while (!key.empty()) {
        if (written == limit) return kKeyTooLong;
        const char c = key.front();
        out[written++] = in_alphabet(c) ? c : '_';
        key.remove_prefix(std::max<std::size_t>(1, utf8_sequence_length(key)));
    }
    return written;
}

}  // namespace eventfwd

#include "formatter/line/escape.h"

#include <algorithm>
#include <array>

#include "core/text/block.h"
#include "core/text/printable.h"
#include "core/text/utf8.h"

namespace eventfwd {
namespace {

constexpr char kHexDigits[] = "0123456789ABCDEF";

char* write_hex(char* out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    *out++ = '\\';
    *out++ = 'x';
    *out++ = kHexDigits[byte >> 4];
    *out++ = kHexDigits[byte & 0x0F];
    return out;
}

// What a byte is written as. A character of several bytes has to be looked at whole: size 0.
struct Written {
    std::array<char, 4> text{};
    std::uint8_t size = 0;
};

constexpr std::array<Written, 256> kWritten = [] {
    std::array<Written, 256> table{};
    for (unsigned byte = 0; byte < 0x80; ++byte) {
        const char c = static_cast<char>(byte);
        const bool is_control = byte < 0x20 || byte == 0x7F;
        table[byte] = is_control
                          ? Written{{'\\', 'x', kHexDigits[byte >> 4], kHexDigits[byte & 0x0F]}, 4}
                          : Written{{c}, 1};
    }
    table['"'] = {{'\\', '"'}, 2};
    table['\\'] = {{'\\', '\\'}, 2};
    table['\n'] = {{'\\', 'n'}, 2};
    table['\r'] = {{'\\', 'r'}, 2};
    table['\t'] = {{'\\', 't'}, 2};
    return table;
}();

// Writes the character of several bytes at the front of TEXT and drops it from TEXT.
char* write_multibyte(char* out, std::string_view& text) {
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0) {
        const char c = text.front();
        text.remove_prefix(1);
        return write_hex(out, c);
    }
    const std::string_view sequence = text.substr(0, length);
    text.remove_prefix(length);
    if (is_multibyte_control(sequence)) {
        for (const char byte : sequence)
            out = write_hex(out, byte);
        return out;
    }
    std::memcpy(out, sequence.data(), length);
    return out + length;
}

// As write_escaped, for a text that has bytes which are not ordinary: where one of them is, more
// are likely near, and those are written one by one, all in the same way.
char* write_escaped_with_care(char* out, std::string_view text) {
    while (!text.empty()) {
        if (text.size() >= Block::kBytes) {
            const Block block = Block::load(text.data());
            if (block.not_plain_line() == 0) {
                block.store(out);
                out += Block::kBytes;
                text.remove_prefix(Block::kBytes);
                continue;
            }
        }
        const char* at = text.data();
        const char* const end = at + std::min(text.size(), Block::kBytes);
        while (at < end) {
            const Written& written = kWritten[static_cast<unsigned char>(*at)];
            if (written.size == 0) break;
            std::memcpy(out, written.text.data(), written.text.size());
            out += written.size;
            ++at;
        }
        text.remove_prefix(static_cast<std::size_t>(at - text.data()));
        if (at < end) out = write_multibyte(out, text);
    }
    return out;
}

int hex_value(char c, EscapeRules rules) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f' && rules == EscapeRules::lenient) return c - 'a' + 10;
    return -1;
}

}  // namespace

char* write_escaped(char* out, std::string_view text) {
    const char* at = text.data();
    std::size_t left = text.size();
    if (left < Block::kBytes) {
        if (left == 0) return out;
        const bool is_plain = Block::load_any(at, left).not_plain_line() == 0;
        return is_plain ? copy_short(out, text) : write_escaped_with_care(out, text);
    }
    for (; left >= Block::kBytes; at += Block::kBytes, left -= Block::kBytes) {
        const Block block = Block::load(at);
        if (block.not_plain_line() != 0) return write_escaped_with_care(out, {at, left});
        block.store(out);
        out += Block::kBytes;
    }
    // The rest together with bytes before it, which are written a second time.
    const std::size_t before = Block::kBytes - left;
    const Block block = Block::load(at - before);
    if (block.not_plain_line() != 0) return write_escaped_with_care(out, {at, left});
    block.store(out - before);
    return out + left;
}

char* write_unescaped(char* out, std::string_view escaped, EscapeRules rules) {
    for (std::size_t at = 0; at < escaped.size(); ++at) {
        const char c = escaped[at];
        if (c != '\\') {
            *out++ = c;
            continue;
        }
        const char next = at + 1 < escaped.size() ? escaped[at + 1] : '\0';
        char meant = '\0';
        switch (next) {
            case '"':
            case '\\':
                meant = next;
                break;
            case 'n':
                meant = '\n';
                break;
            case 'r':
                meant = '\r';
                break;
            case 't':
                meant = '\t';
                break;
            default:
                break;
        }
        if (meant != '\0') {
            *out++ = meant;
            ++at;
            continue;
        }
        if (next == 'x' && at + 3 < escaped.size()) {
            const int high = hex_value(escaped[at + 2], rules);
            const int low = hex_value(escaped[at + 3], rules);
            if (high >= 0 && low >= 0) {
                *out++ = static_cast<char>(high * 16 + low);
                at += 3;
                continue;
            }
        }
        if (rules == EscapeRules::strict) return nullptr;
        *out++ = c;
    }
    return out;
}

}  // namespace eventfwd

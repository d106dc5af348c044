#include "core/text/json_escape.h"

#include <bit>

#include "core/text/block.h"
#include "core/text/printable.h"
#include "core/text/utf8.h"

namespace eventfwd {
namespace {

constexpr char kUpperDigits[] = "0123456789ABCDEF";
constexpr char kLowerDigits[] = "0123456789abcdef";

char* write_hex(char* out, const char* digits, unsigned char byte) {
    *out++ = digits[byte >> 4];
    *out++ = digits[byte & 0xF];
    return out;
}

char* write_control(char* out, char c) {
    *out++ = '\\';
    switch (c) {
        case '\n':
            *out++ = 'n';
            return out;
        case '\r':
            *out++ = 'r';
            return out;
        case '\t':
            *out++ = 't';
            return out;
        default:
            return write_hex(copy_short(out, "u00"), kLowerDigits, static_cast<unsigned char>(c));
    }
}

// Writes SEQUENCE, one character of two or three bytes, as \uHHHH.
char* write_unicode(char* out, std::string_view sequence) {
    const auto bits = [&](std::size_t at) {
        return static_cast<unsigned>(static_cast<unsigned char>(sequence[at])) & 0x3FU;
    };
    const unsigned lead = bits(0) & (sequence.size() == 2 ? 0x1FU : 0x0FU);
    const unsigned code =
        sequence.size() == 2 ? lead << 6 | bits(1) : lead << 12 | bits(1) << 6 | bits(2);
    out = write_hex(copy_short(out, "\\u"), kLowerDigits, static_cast<unsigned char>(code >> 8));
    return write_hex(out, kLowerDigits, static_cast<unsigned char>(code & 0xFF));
}

// Writes what TEXT, which is not empty, begins with, and takes it off.
char* write_first(char* out, std::string_view& text) {
    const char c = text.front();
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
        text.remove_prefix(1);
        if (byte < 0x20 || byte == 0x7F) return write_control(out, c);
        if (c == '"' || c == '\\') *out++ = '\\';
        *out++ = c;
        return out;
    }
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0) {
        text.remove_prefix(1);
        return write_hex(copy_short(out, "\\\\x"), kUpperDigits, byte);
    }
    const std::string_view sequence = text.substr(0, length);
    text.remove_prefix(length);
    return is_unprintable_multibyte(sequence) ? write_unicode(out, sequence)
                                              : copy_short(out, sequence);
}

}  // namespace

char* write_json_escaped(char* out, std::string_view text) {
    while (!text.empty()) {
        const bool is_whole = text.size() >= Block::kBytes;
        const Block block =
            is_whole ? Block::load(text.data()) : Block::load_partial(text.data(), text.size());
        // Where it is not whole, the zeros above end it.
        const unsigned special = block.not_plain_line();
        const auto plain =
            special == 0 ? Block::kBytes : static_cast<std::size_t>(std::countr_zero(special));
        block.store(out);
        out += plain;
        text.remove_prefix(plain);
        if (special != 0 && !text.empty()) out = write_first(out, text);
    }
    return out;
}

void append_json_escaped(std::string& out, std::string_view text) {
    const std::size_t before = out.size();
    out.resize(before + kJsonGrowthMax * text.size() + Block::kBytes);
    const char* const end = write_json_escaped(out.data() + before, text);
    out.resize(static_cast<std::size_t>(end - out.data()));
}

std::string json_quoted(std::string_view text) {
    std::string out = "\"";
    append_json_escaped(out, text);
    return out += '"';
}

}  // namespace eventfwd

#include "core/text/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/text/json_escape.h"
#include "core/text/utf8.h"

namespace eventfwd {
namespace {

bool is_plain_ascii(char c) {
    return c >= ' ' && c < '\x7F';
}

// Whether the sequence at the front of TEXT, of LENGTH bytes (0: it is not UTF-8), must not go out
// as it is.
bool is_unprintable(std::string_view text, std::size_t length) {
    if (length <= 1) return !is_plain_ascii(text.front());
    return is_unprintable_multibyte(text.substr(0, length));
}

std::string_view short_escape(char c) {
    switch (c) {
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            return {};
    }
}

// Calls ESCAPE with each character of TEXT, or byte that is not UTF-8, that must not go out as it
// is; appends all else to OUT.
template <class Escape>
void append_with(std::string& out, std::string_view text, Escape&& escape) {
    while (!text.empty()) {
        const auto end = std::ranges::find_if_not(text, is_plain_ascii);
        const auto plain = static_cast<std::size_t>(end - text.begin());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) return;
        const std::size_t length = utf8_sequence_length(text);
        const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
        if (is_unprintable(text, length)) {
            escape(sequence);
        } else {
            out += sequence;
        }
        text.remove_prefix(sequence.size());
    }
}

void append_hex(std::string& out, std::string_view bytes) {
    for (const char byte : bytes)
        fmt::format_to(std::back_inserter(out), "\\x{:02X}", static_cast<unsigned char>(byte));
}

std::string made_printable(std::string_view text, std::string_view kept) {
    std::string out;
    append_with(out, text, [&](std::string_view sequence) {
        if (kept.contains(sequence.front())) {
            out += sequence;
        } else if (const auto escape = short_escape(sequence.front()); !escape.empty()) {
            out += escape;
        } else {
            append_hex(out, sequence);
        }
    });
    return out;
}

}  // namespace

bool is_unprintable_multibyte(std::string_view sequence) {
    if (is_multibyte_control(sequence) || sequence == "\u061C") return true;
    if (sequence.size() != 3 || sequence[0] != '\xE2') return false;
    return sequence == "\u200E" || sequence == "\u200F" ||
           (sequence >= "\u202A" && sequence <= "\u202E") ||
           (sequence >= "\u2066" && sequence <= "\u2069");
}

std::string printable(std::string_view text) {
    return made_printable(text, {});
}

std::string printable_lines(std::string_view text) {
    return made_printable(text, "\n");
}

std::string printable_json(std::string json) {
    std::string out;
    append_with(out, json, [&](std::string_view sequence) { append_json_escaped(out, sequence); });
    return out;
}

}  // namespace eventfwd

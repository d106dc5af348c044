// Texts of strangers (senders, servers, files) as a terminal, a log or a JSON reader may have them:
// no control character of any kind goes out as it is. A control character is a C0 control, DEL, a
// C1 control (U+0080–U+009F), U+2028 or U+2029, which some readers split lines at, or one of those
// that turn the direction of what is shown (U+061C, U+200E, U+200F, U+202A–U+202E, U+2066–U+2069).
#pragma once

#include <string>
#include <string_view>

namespace eventfwd {

// Whether SEQUENCE, one character of several bytes in valid UTF-8, is a C1 control, U+2028 or
// U+2029: what a rendered line escapes.
inline bool is_multibyte_control(std::string_view sequence) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(sequence[at]); };
    if (sequence.size() == 2) return byte(0) == 0xC2 && byte(1) <= 0x9F;
    return sequence.size() == 3 && byte(0) == 0xE2 && byte(1) == 0x80 &&
           (byte(2) == 0xA8 || byte(2) == 0xA9);
}

// The same, or one that turns the direction of what is shown.
bool is_unprintable_multibyte(std::string_view sequence);

// TEXT on one line: control characters as \n, \r, \t, and \xHH for each byte; so are bytes that are
// not UTF-8. A backslash stays as it is.
std::string printable(std::string_view text);

// The same for a text of several lines: line feeds stay.
std::string printable_lines(std::string_view text);

// JSON on one line that was written without care for all this: within its strings, control
// characters become
// \uHHHH, and bytes that are not UTF-8 \\xHH. It means the same, but for the latter.
std::string printable_json(std::string json);

}  // namespace eventfwd

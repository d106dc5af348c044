#include "formatter/json/json_scanner.h"

#include <algorithm>
#include <array>

namespace eventfwd {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// What may stand behind a backslash, beside u.
bool is_escape_letter(char c) {
    switch (c) {
        case '"':
        case '\\':
        case '/':
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't':
            return true;
        default:
            return false;
    }
}

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// The number of four hex digits at AT, or -1.
int hex_unit(const char* at) {
    int unit = 0;
    for (int i = 0; i < 4; ++i) {
        const int digit = hex_digit(at[i]);
        if (digit < 0) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

char* write_utf8(char* out, unsigned code_point) {
    const auto put = [&out](unsigned byte) { *out++ = static_cast<char>(byte); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0 | (code_point >> 6));
        put(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        put(0xE0 | (code_point >> 12));
        put(0x80 | ((code_point >> 6) & 0x3F));
        put(0x80 | (code_point & 0x3F));
    } else {
        put(0xF0 | (code_point >> 18));
        put(0x80 | ((code_point >> 12) & 0x3F));
        put(0x80 | ((code_point >> 6) & 0x3F));
        put(0x80 | (code_point & 0x3F));
    }
    return out;
}

// The first byte from AT on that ends a string, begins an escape or must not be in one; END if
// none.
const char* skip_plain(const char* at, const char* end) {
    for (; end - at >= static_cast<std::ptrdiff_t>(Block::kBytes); at += Block::kBytes) {
        const unsigned hits = Block::load(at).not_plain_json();
        if (hits != 0) return at + std::countr_zero(hits);
    }
    const auto left = static_cast<std::size_t>(end - at);
    const unsigned hits = Block::load_partial(at, left).not_plain_json();
    return at + std::min(left, static_cast<std::size_t>(std::countr_zero(hits)));
}

constexpr std::array<std::string_view, 6> kWords{"true", "false",    "null",
                                                 "NaN",  "Infinity", "-Infinity"};

}  // namespace

template <bool kExplains>
std::string_view BasicJsonScanner<kExplains>::rest_of_string(const char* start) {
    while (true) {
        at_ = skip_plain(at_, end_);
        if (at_ == end_) return fail_view("the end of the string");
        if (*at_ == '"') {
            return {start, static_cast<std::size_t>(at_++ - start)};
        }
        if (*at_ != '\\') return fail_view("no control character in a string");
        if (end_ - at_ < 2) return fail_view("the end of the string");
        has_escapes_ = true;
        if (at_[1] == 'u') {
            if (end_ - at_ < 6 || hex_unit(at_ + 2) < 0)
                return fail_view("four hex digits behind \\u");
            at_ += 6;
        } else {
            if (!is_escape_letter(at_[1])) return fail_view("an escape of JSON");
            at_ += 2;
        }
    }
}

template <bool kExplains>
std::string_view BasicJsonScanner<kExplains>::string_near_end() {
    if (!take('"')) return fail_view(kString);
    has_escapes_ = false;
    return rest_of_string(at_);
}

template <bool kExplains>
std::string_view BasicJsonScanner<kExplains>::number() {
    const char* const start = at_;
    const auto digits = [this] {
        const char* const first = at_;
        while (at_ != end_ && is_digit(*at_))
            ++at_;
        return at_ != first;
    };
    take('-');
    if (!take('0') && !digits()) return fail_view("a digit");
    if (take('.') && !digits()) return fail_view("a digit");
    if (take('e') || take('E')) {
        if (!take('+')) take('-');
        if (!digits()) return fail_view("a digit");
    }
    return std::string_view(start, static_cast<std::size_t>(at_ - start));
}

template <bool kExplains>
std::string_view BasicJsonScanner<kExplains>::word() {
    const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
    for (const std::string_view word : kWords) {
        if (rest.starts_with(word)) {
            at_ += word.size();
            return word;
        }
    }
    return fail_view("a value");
}

template <bool kExplains>
std::string_view BasicJsonScanner<kExplains>::scalar() {
    const bool minus_word = end_ - at_ > 1 && at_[0] == '-' && at_[1] == 'I';
    return (is_digit(peek()) || peek() == '-') && !minus_word ? number() : word();
}

template <bool kExplains>
bool BasicJsonScanner<kExplains>::skip_value(int depth) {
    switch (peek()) {
        case '"':
            return string().data() != nullptr;
        case '{':
            if (depth >= kDepthMax) return fail_for_depth();
            return object([&](std::string_view, bool) { return skip_value(depth + 1); });
        case '[':
            if (depth >= kDepthMax) return fail_for_depth();
            return array([&] { return skip_value(depth + 1); });
        default:
            return scalar().data() != nullptr;
    }
}

template class BasicJsonScanner<false>;
template class BasicJsonScanner<true>;

char* write_json_unescaped(char* out, std::string_view raw) {
    const char* at = raw.data();
    const char* const end = at + raw.size();
    while (at != end) {
        if (*at != '\\') {
            *out++ = *at++;
            continue;
        }
        const char kind = at[1];
        if (kind != 'u') {
            constexpr std::string_view kLetters = "bfnrt";
            constexpr std::string_view kMeant = "\b\f\n\r\t";
            const std::size_t letter = kLetters.find(kind);
            *out++ = letter == std::string_view::npos ? kind : kMeant[letter];
            at += 2;
            continue;
        }
        auto unit = static_cast<unsigned>(hex_unit(at + 2));
        at += 6;
        if (unit >= 0xD800 && unit <= 0xDBFF && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
            const auto low = static_cast<unsigned>(hex_unit(at + 2));
            if (low >= 0xDC00 && low <= 0xDFFF) {
                out = write_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
                at += 6;
                continue;
            }
        }
        out = write_utf8(out, unit >= 0xD800 && unit <= 0xDFFF ? 0xFFFD : unit);
    }
    return out;
}

char* write_compact_json(char* out, std::string_view json) {
    bool in_string = false;
    for (std::size_t at = 0; at < json.size(); ++at) {
        const char c = json[at];
        if (!in_string && (c == ' ' || c == '\n' || c == '\r' || c == '\t')) continue;
        *out++ = c;
        if (c == '"') in_string = !in_string;
        if (c == '\\') *out++ = json[++at];
    }
    return out;
}

}  // namespace eventfwd

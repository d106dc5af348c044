#include "net/cookies.h"

#include <algorithm>

#include "core/text/text_words.h"

namespace eventfwd {
namespace {

constexpr std::size_t kCookiesMax = 8;
constexpr std::size_t kCookieBytesMax = 1024;
constexpr std::string_view kBlank = " \t";  // a line end is no space of a cookie's

// Takes what stands before the next SEPARATOR off the front of REST.
std::string_view next_part(std::string_view& rest, char separator) {
    const std::string_view part = rest.substr(0, rest.find(separator));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    return trimmed(part, kBlank);
}

// What would end a header or another cookie's value has no place in one.
bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F' && c != ';'; });
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b;
    });
}

// Whether the attributes behind a cookie say that it is over.
bool is_removal(std::string_view attributes) {
    while (!attributes.empty()) {
        std::string_view attribute = next_part(attributes, ';');
        if (!equals_ignoring_case(next_part(attribute, '='), "max-age")) continue;
        const std::string_view age = trimmed(attribute, kBlank);
        return age == "0" || age.starts_with('-');
    }
    return false;
}

}  // namespace

void Cookies::take(std::string_view value) {
    if (value.size() > 4 * kCookieBytesMax) return;
    std::string_view pair = next_part(value, ';');
    if (!pair.contains('=')) return;
    const std::string name(next_part(pair, '='));
    const std::string_view content = trimmed(pair, kBlank);
    if (name.empty() || !is_plain(name) || !is_plain(content)) return;
    if (name.size() + content.size() > kCookieBytesMax) return;
    const auto known =
        std::ranges::find(cookies_, name, &std::pair<std::string, std::string>::first);
    if (is_removal(value)) {
        if (known != cookies_.end()) cookies_.erase(known);
    } else if (known != cookies_.end()) {
        known->second = content;
    } else if (cookies_.size() < kCookiesMax) {
        cookies_.emplace_back(name, content);
    }
}

std::string Cookies::header() const {
    std::string header;
    for (const auto& [name, value] : cookies_) {
        if (!header.empty()) header += "; ";
        header.append(name).append("=").append(value);
    }
    return header;
}

}  // namespace eventfwd

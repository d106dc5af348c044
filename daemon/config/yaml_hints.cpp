#include "daemon/config/yaml_hints.h"

#include <fmt/format.h>

#include <algorithm>

namespace eventfwd {
namespace {

constexpr std::string_view kSpace = " \t\r";

// Line NUMBER of TEXT, from 1; empty where there is none.
std::string_view line_of(std::string_view text, int number) {
    for (int at = 1; at < number; ++at) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

bool is_blank(std::string_view line) {
    return line.find_first_not_of(kSpace) == std::string_view::npos;
}

// The last line above line NUMBER that holds something.
std::string_view line_above(std::string_view text, int number) {
    while (--number > 0) {
        const std::string_view line = line_of(text, number);
        if (!is_blank(line)) return line;
    }
    return {};
}

std::size_t indentation(std::string_view line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

// What LINE gives as a value: behind a key's colon, a list's dash, bracket or comma.
std::string_view value_from(std::string_view line, std::size_t at) {
    at = line.find_first_not_of(kSpace, at);
    if (at == std::string_view::npos) return {};
    return line.substr(at, line.find_first_of(" ,]}", at) - at);
}

// The first value of LINE that begins with a character which means something to YAML.
std::string_view value_with_a_meaning(std::string_view line) {
    constexpr std::string_view kMeanings = "*&!%@`";
    for (std::size_t at = 0; at < line.size(); ++at) {
        const bool is_before_value =
            std::string_view("[{,").contains(line[at]) ||
            ((line[at] == ':' || line[at] == '-') && line.substr(at + 1).starts_with(' '));
        if (!is_before_value) continue;
        const std::string_view value = value_from(line, at + 1);
        if (!value.empty() && kMeanings.contains(value.front())) return value;
    }
    return {};
}

// Whether a brace of LINE stands within a text, as in {application}.log and /srv/{date}.
bool has_brace_in_text(std::string_view line) {
    for (std::size_t at = line.find_first_of("{}"); at != std::string_view::npos;
         at = line.find_first_of("{}", at + 1)) {
        const bool opens = line[at] == '{';
        if (opens ? at == 0 : at + 1 == line.size()) continue;
        const char neighbour = line[opens ? at - 1 : at + 1];
        if (!std::string_view(" \t,:[]{}").contains(neighbour)) return true;
    }
    return false;
}

// Whether LINE has a key whose colon is followed by its value at once.
bool lacks_space_behind_colon(std::string_view line) {
    const std::size_t begin = indentation(line);
    const std::size_t end = std::min(line.find_first_of(": \"'{[", begin), line.size());
    return end > begin && end + 1 < line.size() && line[end] == ':' && line[end + 1] != ' ' &&
           !line.substr(end).starts_with("://");
}

std::size_t count_of_colons(std::string_view line) {
    std::size_t count = 0;
    for (std::size_t at = line.find(": "); at != std::string_view::npos;
         at = line.find(": ", at + 1))
        ++count;
    return count;
}

}  // namespace

std::string needs_quotes(std::string_view value) {
    return fmt::format("; a text that begins with {} needs quotes: \"{}\"", value.front(), value);
}

std::string yaml_hint(std::string_view text, const Place& place) {
    const std::string_view line = line_of(text, place.line);
    const std::string_view above = line_above(text, place.line);
    const std::string_view indent = line.substr(0, line.find_first_not_of(kSpace));
    if (indent.contains('\t')) return "; YAML is indented with spaces, not with tabs";
    if (line.contains("[::")) return "; an IPv6 address needs quotes: \"[::1]:8514\"";
    if (const auto value = value_with_a_meaning(line); !value.empty()) return needs_quotes(value);
    if (has_brace_in_text(line)) return "; a text with { or } in it needs quotes here";
    if (lacks_space_behind_colon(line) || lacks_space_behind_colon(above)) {
        return "; a key needs a space behind its colon";
    }
    if (!is_blank(above) && !is_blank(line) && indentation(line) != indentation(above)) {
        return "; is the line indented like those it belongs to?";
    }
    if (count_of_colons(line) > 1) return "; a text with a colon and a space in it needs quotes";
    if (line.contains('\t')) return "; YAML is indented with spaces, not with tabs";
    return "";
}

std::string missing_colon_hint(std::string_view written) {
    const std::size_t end = written.find_first_of(":= ");
    if (end == 0 || end == std::string_view::npos || written[end] == ' ') return "";
    return fmt::format("; a key is followed by a colon and a space: '{}: {}'",
                       written.substr(0, end), written.substr(end + 1));
}

}  // namespace eventfwd

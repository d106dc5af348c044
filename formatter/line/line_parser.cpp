#include "formatter/line/line_parser.h"

#include <algorithm>

#include "core/text/timestamp.h"
#include "core/text/whole_number.h"
#include "formatter/key.h"
#include "formatter/line/escape.h"

namespace eventfwd {
namespace {

bool take(std::string_view& rest, std::string_view expected) {
    if (!rest.starts_with(expected)) return false;
    rest.remove_prefix(expected.size());
    return true;
}

// Where the quote that closes the value at the front of REST is.
std::size_t closing_quote(std::string_view rest) {
    std::size_t at = 0;
    while (at < rest.size() && rest[at] != '"')
        at += rest[at] == '\\' ? 2 : 1;
    return at < rest.size() ? at : std::string_view::npos;
}

}  // namespace

// Reads NAME="value" at the front of REST, unescaped, and steps over it.
bool LineParser::field(std::string_view& rest, std::string_view name, std::string_view& value) {
    std::string_view ahead = rest;
    if (!take(ahead, name) || !take(ahead, "=\"")) return false;
    const std::size_t end = closing_quote(ahead);
    if (end == std::string_view::npos) return false;
    value = ahead.substr(0, end);
    if (value.contains('\\')) {
        char* const start = scratch_.data() + scratch_used_;
        const char* const written = write_unescaped(start, value, EscapeRules::strict);
        if (written == nullptr) return false;
        value = {start, static_cast<std::size_t>(written - start)};
        scratch_used_ += value.size();
    }
    rest = ahead.substr(end + 1);
    return true;
}

// Reads the fields that every line has and steps over them.
std::optional<Event> LineParser::head(std::string_view& rest) {
    if (scratch_.size() < rest.size()) scratch_.resize(std::max(rest.size(), kLineBytesMax));
    scratch_used_ = 0;
    const auto time = parse_rendered_timestamp(rest.substr(0, kTimestampBytes));
    if (!time) return std::nullopt;
    rest.remove_prefix(kTimestampBytes);
    Event event;
    event.timestamp = *time;
    if (!take(rest, " ") || !field(rest, "application", event.application)) return std::nullopt;
    if (!take(rest, " ") || !field(rest, "event", event.event)) return std::nullopt;
    return event;
}

std::optional<Event> LineParser::parse_head(std::string_view line) {
    return head(line);
}

std::optional<Event> LineParser::parse(std::string_view line) {
    std::string_view rest = line;
    auto event = head(rest);
    if (!event) return std::nullopt;
    std::string_view value;
    if (rest.starts_with(" distinct_id=")) {
        take(rest, " ");
        if (!field(rest, "distinct_id", event->distinct_id)) return std::nullopt;
    }
    if (rest.starts_with(" increment=")) {
        take(rest, " ");
        if (!field(rest, "increment", value)) return std::nullopt;
        const auto increment = whole_number<std::int64_t>(value);
        if (!increment) return std::nullopt;
        event->increment = *increment;
    }
    properties_.clear();
    while (!rest.empty()) {
        if (!take(rest, " ") || !take(rest, kPropertyPrefix)) return std::nullopt;
        const std::string_view key = rest.substr(0, rest.find('='));
        if (!is_clean_key(key) || !field(rest, key, value)) return std::nullopt;
        properties_.push_back({key, value});
    }
    event->properties = properties_;
    return event;
}

}  // namespace eventfwd

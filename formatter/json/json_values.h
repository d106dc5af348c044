// A JSON value as the text that an event has of it.
#pragma once

#include <string_view>

#include "formatter/event_builder.h"
#include "formatter/json/json_scanner.h"

namespace eventfwd {

// RAW, the inside of a string, without its escapes.
inline std::string_view text_of_string(std::string_view raw, bool has_escapes,
                                       EventBuilder& builder) {
    if (!has_escapes) return raw;
    return builder.keep(write_json_unescaped(builder.scratch(), raw));
}

// What a scalar is for one of the event's own fields; null is none.
inline EventBuilder::Kind kind_of_scalar(std::string_view scalar) {
    using Kind = EventBuilder::Kind;
    if (scalar == "null") return Kind::absent;
    if (scalar == "true" || scalar == "false") return Kind::other;
    const bool is_word = scalar.back() == 'N' || scalar.back() == 'y';
    return is_word ? Kind::text : Kind::number;
}

// Steps over an array with DEPTH objects around it; it is its JSON without white space. A view
// without data where it is broken.
inline std::string_view take_array(JsonScanner& scanner, int depth, EventBuilder& builder) {
    const char* const start = scanner.position();
    scanner.take_met_space();
    if (!scanner.skip_value(depth)) return {};
    const std::string_view json(start, static_cast<std::size_t>(scanner.position() - start));
    if (!scanner.take_met_space()) return json;
    return builder.keep(write_compact_json(builder.scratch(), json));
}

}  // namespace eventfwd

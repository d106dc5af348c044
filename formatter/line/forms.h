// Other forms of the same event, made from its line and from nothing kept beside it.
#pragma once

#include <string>
#include <string_view>

#include "formatter/line/line_parser.h"

namespace eventfwd {

enum class Form { line, sdk_line, json };

// What the Splunk SDK's analytics tracker writes: local time without a zone, the fraction left out
// when it is zero; a space behind each field, one more before the properties; '"' in values becomes
// "'"; CR, LF and every other control character but TAB a space (a terminal would obey it, a reader
// split there); nothing is escaped. An increment has no place in it.
void append_sdk_line(std::string& out, const Event& event);

// One JSON object on one line: timestamp, application, event, distinct_id, increment, properties;
// what is absent is left out, values are strings, a byte that is not UTF-8 is written \xHH.
void append_json(std::string& out, const Event& event);

// Appends LINE (without its line feed) in FORM, without a line feed. A line that cannot be parsed,
// which no rendered line is, stands as it is.
void append_form(std::string& out, Form form, std::string_view line, LineParser& parser);

}  // namespace eventfwd

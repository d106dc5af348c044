#include "formatter/line/forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "core/text/json_escape.h"
#include "core/text/printable.h"
#include "core/text/timestamp.h"
#include "core/text/utf8.h"

namespace eventfwd {
namespace {

// A control character, or a byte that is not UTF-8 and one in Latin-1.
bool is_control(std::string_view sequence) {
    if (sequence.size() > 1) return is_multibyte_control(sequence);
    const auto byte = static_cast<unsigned char>(sequence.front());
    return (byte < 0x20 && byte != '\t') || (byte >= 0x7F && byte <= 0x9F);
}

void append_sdk_value(std::string& out, std::string_view value) {
    while (!value.empty()) {
        const std::size_t length = std::max<std::size_t>(utf8_sequence_length(value), 1);
        const std::string_view sequence = value.substr(0, length);
        value.remove_prefix(length);
        if (sequence == "\"") {
            out += '\'';
        } else if (is_control(sequence)) {
            out += ' ';
        } else {
            out += sequence;
        }
    }
}

void append_sdk_field(std::string& out, std::string_view prefix, std::string_view key,
                      std::string_view value) {
    out.append(prefix).append(key).append("=\"");
    append_sdk_value(out, value);
    out += "\" ";
}

void append_json_member(std::string& out, std::string_view name, std::string_view value) {
    if (out.back() != '{') out += ',';
    out += json_quoted(name);
    out += ':';
    out += json_quoted(value);
}

}  // namespace

void append_sdk_line(std::string& out, const Event& event) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(event.timestamp);
    const std::time_t time = seconds.time_since_epoch().count();
    std::tm local{};
    ::localtime_r(&time, &local);
    out += fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", local.tm_year + 1900,
                       local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
    if (const auto fraction = event.timestamp - seconds; fraction.count() != 0) {
        out += fmt::format(".{:06}", fraction.count());
    }
    out += ' ';
    append_sdk_field(out, "", "application", event.application);
    append_sdk_field(out, "", "event", event.event);
    if (!event.distinct_id.empty()) append_sdk_field(out, "", "distinct_id", event.distinct_id);
    out += ' ';
    for (const Property& property : event.properties) {
        append_sdk_field(out, kPropertyPrefix, property.key, property.value);
    }
}

void append_json(std::string& out, const Event& event) {
    char time[kTimestampBytes];
    write_timestamp(time, event.timestamp);
    out += '{';
    append_json_member(out, "timestamp", {time, kTimestampBytes});
    append_json_member(out, "application", event.application);
    append_json_member(out, "event", event.event);
    if (!event.distinct_id.empty()) append_json_member(out, "distinct_id", event.distinct_id);
    if (event.increment != 1) append_json_member(out, "increment", std::to_string(event.increment));
    if (!event.properties.empty()) {
        out += ",\"properties\":{";
        for (const Property& property : event.properties) {
            append_json_member(out, property.key, property.value);
        }
        out += '}';
    }
    out += '}';
}

void append_form(std::string& out, Form form, std::string_view line, LineParser& parser) {
    const auto event = form == Form::line ? std::nullopt : parser.parse(line);
    if (!event) {
        out += line;
    } else if (form == Form::sdk_line) {
        append_sdk_line(out, *event);
    } else {
        append_json(out, *event);
    }
}

}  // namespace eventfwd

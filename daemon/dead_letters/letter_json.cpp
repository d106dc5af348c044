#include "daemon/dead_letters/letter_json.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "core/text/base64.h"
#include "core/text/json_escape.h"
#include "core/text/timestamp.h"
#include "core/text/utf8.h"

namespace eventfwd {
namespace {

namespace json = boost::json;

constexpr std::string_view kTimeKey = R"({"time":")";
constexpr std::string_view kFromKey = R"(","from":")";

std::string text_at(const json::object& letter, std::string_view name) {
    const json::value* const value = letter.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

std::optional<std::uint64_t> number_at(const json::object& letter, std::string_view name) {
    const json::value* const value = letter.if_contains(name);
    if (value == nullptr) return std::nullopt;
    boost::system::error_code error;
    const auto number = value->to_number<std::uint64_t>(error);
    return error ? std::nullopt : std::optional(number);
}

}  // namespace

std::string to_json_line(const DeadLetter& letter) {
    char time[kTimestampBytes];
    write_timestamp(time, letter.time);
    std::string line =
        fmt::format(R"({}{}","from":{})", kTimeKey, std::string_view(time, kTimestampBytes),
                    json_quoted(letter.from));
    if (!letter.sender.empty()) line += ",\"sender\":" + json_quoted(letter.sender);
    line += fmt::format(R"(,"reason":"{}")", letter.reason);
    if (!letter.text.empty()) line += ",\"text\":" + json_quoted(letter.text);
    if (is_valid_utf8(letter.bytes)) {
        line += ",\"bytes\":" + json_quoted(letter.bytes);
    } else {
        line += ",\"base64\":\"" + base64_encoded(letter.bytes) + '"';
    }
    line += fmt::format(",\"true_bytes\":{}", letter.true_bytes);
    if (letter.sequence > 0) line += fmt::format(",\"sequence\":{}", letter.sequence);
    return line + "}\n";
}

std::optional<ReadLetter> parse_letter(std::string_view line) {
    boost::system::error_code error;
    const json::value value = json::parse(line, error);
    if (error || !value.is_object()) return std::nullopt;
    const json::object& object = value.as_object();
    ReadLetter letter;
    const auto time = parse_timestamp(text_at(object, "time"), NaiveTime::utc);
    if (!time) return std::nullopt;
    letter.time = *time;
    letter.from = text_at(object, "from");
    letter.sender = text_at(object, "sender");
    letter.reason = text_at(object, "reason");
    letter.text = text_at(object, "text");
    if (object.contains("base64")) {
        auto bytes = base64_decoded(text_at(object, "base64"));
        if (!bytes) return std::nullopt;
        letter.bytes = std::move(*bytes);
    } else {
        letter.bytes = text_at(object, "bytes");
    }
    letter.true_bytes = number_at(object, "true_bytes").value_or(letter.bytes.size());
    letter.sequence = number_at(object, "sequence").value_or(0);
    return letter;
}

// The time is always of one length, and names need no escaping.
std::string_view origin_of(std::string_view line) {
    if (!line.starts_with(kTimeKey)) return {};
    line.remove_prefix(std::min(line.size(), kTimeKey.size() + kTimestampBytes));
    if (!line.starts_with(kFromKey)) return {};
    line.remove_prefix(kFromKey.size());
    return line.substr(0, line.find('"'));
}

}  // namespace eventfwd

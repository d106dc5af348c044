#include "sinks/hec/hec_response.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <ctime>

#include "core/compress/gzip.h"
#include "core/text/utf8.h"
#include "core/text/whole_number.h"

namespace eventfwd {
namespace {

namespace json = boost::json;
using Kind = Outcome::Kind;

constexpr std::size_t kTextBytesMax = 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kGzipMark = "\x1F\x8B";  // RFC 1952, section 2.3.1
constexpr std::uint64_t kCodeMax = 1000;
constexpr std::uint64_t kSecondsMax = 365ULL * 24 * 3600;

struct Meaning {
    int code;
    Kind kind;
};

constexpr std::array kMeanings{
    Meaning{0, Kind::delivered},   // Success
    Meaning{1, Kind::hold},        // Token disabled
    Meaning{2, Kind::hold},        // Token is required
    Meaning{3, Kind::hold},        // Invalid authorization
    Meaning{4, Kind::hold},        // Invalid token
    Meaning{5, Kind::reject},      // No data
    Meaning{6, Kind::reject},      // Invalid data format
    Meaning{7, Kind::hold},        // Incorrect index
    Meaning{8, Kind::try_again},   // Internal server error
    Meaning{9, Kind::try_again},   // Server is busy
    Meaning{10, Kind::hold},       // Data channel is missing
    Meaning{11, Kind::hold},       // Invalid data channel
    Meaning{12, Kind::reject},     // Event field is required
    Meaning{13, Kind::reject},     // Event field cannot be blank
    Meaning{14, Kind::hold},       // ACK is disabled
    Meaning{15, Kind::reject},     // Error in handling indexed fields
    Meaning{16, Kind::hold},       // Query string authorization is not enabled
    Meaning{18, Kind::try_again},  // Queues are full
    Meaning{19, Kind::try_again},  // Acknowledgements are unavailable
    Meaning{20, Kind::try_again},  // Both
    Meaning{23, Kind::try_again},  // Server is shutting down
    Meaning{24, Kind::delivered},  // Success, and the queue is nearly full
    Meaning{25, Kind::delivered},  // Success, and the acknowledgement channel is nearly full
    Meaning{26, Kind::try_again},  // Queue at capacity
    Meaning{27, Kind::try_again},  // Acknowledgement channel at capacity
};

// Statuses that decide by themselves, whoever speaks.
std::optional<Kind> meaning_of_status(unsigned status) {
    if (status == 401 || status == 403) return Kind::hold;
    if (status == 413) return Kind::reject;
    if (status == 404 || status == 408 || status == 429 || status >= 500) return Kind::try_again;
    return {};
}

Kind meaning_of_code(const std::optional<HecAnswer>& answer) {
    if (!answer) return Kind::try_again;
    const auto known = std::ranges::find(kMeanings, answer->code, &Meaning::code);
    return known == kMeanings.end() ? Kind::try_again : known->kind;  // gives nothing up
}

Kind meaning_of(unsigned status, const std::optional<HecAnswer>& answer) {
    if (const auto kind = meaning_of_status(status)) return *kind;
    const Kind kind = meaning_of_code(answer);
    const bool may_succeed = status >= 200 && status <= 202;
    return kind == Kind::delivered && !may_succeed ? Kind::try_again : kind;
}

// Whether what comes again may have been taken. A gateway that had no answer of its own cannot say
// what became of the request; but one that knows no server, 503, has passed it on to none. Nor can
// what says that all is well without being Splunk, or only by its status, or only by its code.
bool leaves_in_doubt(unsigned status, const std::optional<HecAnswer>& answer) {
    if (status / 100 == 2) return meaning_of(status, answer) == Kind::try_again;
    if (!answer) return status >= 500 && status != 503;
    return meaning_of_code(answer) == Kind::delivered;
}

// TEXT for logs and terminals, which a server's words must not command: in one line, and not longer
// than anybody reads. It is valid UTF-8, and stays it.
std::string printable(std::string_view text) {
    std::string shown;
    while (!text.empty() && shown.size() < kTextBytesMax) {
        const std::size_t length = std::max<std::size_t>(utf8_sequence_length(text), 1);
        const bool is_control = static_cast<unsigned char>(text[0]) < ' ' || text[0] == '\x7F';
        shown += is_control ? " " : text.substr(0, length);
        text.remove_prefix(length);
    }
    return shown;
}

std::string words(unsigned status, const std::optional<HecAnswer>& answer) {
    if (!answer) return fmt::format("HTTP {}, not in Splunk's words", status);
    return fmt::format("{} (code {}, HTTP {})", answer->text, answer->code, status);
}

std::optional<std::uint64_t> number_in(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    if (value == nullptr) return {};
    if (const auto* const number = value->if_int64(); number != nullptr && *number >= 0) {
        return static_cast<std::uint64_t>(*number);
    }
    if (const auto* const number = value->if_uint64()) return *number;
    return {};
}

// Some servers write a code as a text, or as a number with a fraction that is zero.
std::optional<std::uint64_t> code_in(const json::object& object) {
    const json::value* const value = object.if_contains("code");
    if (value == nullptr) return {};
    if (const auto* const text = value->if_string()) return whole_number<std::uint64_t>(*text);
    if (const auto* const number = value->if_double()) {
        const bool is_whole = *number >= 0 && *number <= kCodeMax && std::trunc(*number) == *number;
        return is_whole ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
    }
    return number_in(object, "code");
}

// Nothing, too, for a year in which time_t and microseconds would not fit.
std::optional<Instant> parse_http_date(const std::string& text) {
    // IMF-fixdate, and the two that it replaced (RFC 9110, section 5.6.7).
    for (const char* format :
         {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
        std::tm parts{};
        const char* const end = ::strptime(text.c_str(), format, &parts);
        if (end != text.c_str() + text.size()) continue;
        const int year = parts.tm_year + 1900;
        if (year < 1 || year > 9999) continue;
        return Instant(std::chrono::seconds(::timegm(&parts)));
    }
    return {};
}

}  // namespace

std::string plain_body(std::string body) {
    if (body.starts_with(kGzipMark)) body = gunzip(body, kHecBodyBytesMax).value_or(body);
    if (body.starts_with(kByteOrderMark)) body.erase(0, kByteOrderMark.size());
    return body;
}

std::optional<HecAnswer> parse_hec_answer(std::string_view body) {
    boost::system::error_code error;
    const json::value value = json::parse(body, error);
    if (error || !value.is_object()) return {};
    const json::object& object = value.get_object();
    const auto code = code_in(object);
    if (!code || *code > kCodeMax) return {};
    HecAnswer answer;
    answer.code = static_cast<int>(*code);
    if (const json::value* const text = object.if_contains("text");
        text != nullptr && text->is_string()) {
        answer.text = printable(text->get_string());
    }
    answer.invalid_event = number_in(object, "invalid-event-number");
    answer.ack_id = number_in(object, "ackId");
    return answer;
}

Outcome outcome_of(const HttpAnswer& response, std::size_t count, Instant now) {
    const auto answer = parse_hec_answer(response.body);
    const std::string text = words(response.status, answer);
    // What stands before the line that it stumbled over may have been taken.
    const std::size_t before =
        answer && answer->invalid_event ? std::min(*answer->invalid_event, count) : 0;
    Outcome outcome;
    switch (meaning_of(response.status, answer)) {
        case Kind::delivered:
            return outcome;
        case Kind::hold:
            outcome = Outcome::hold(text);
            break;
        case Kind::try_again:
            outcome = Outcome::try_again(text);
            outcome.after = parse_retry_after(response.retry_after, now);
            break;
        case Kind::reject:
            if (response.status == 413) return Outcome::reject("too_large", text);
            outcome =
                Outcome::reject(fmt::format("hec_{}", answer->code), text, answer->invalid_event);
            // It may have stumbled over the last.
            if (!answer->invalid_event && count > 0) outcome.in_doubt = count - 1;
            break;
    }
    outcome.in_doubt = std::max(outcome.in_doubt, before);
    if (leaves_in_doubt(response.status, answer)) outcome.in_doubt = count;
    return outcome;
}

std::optional<std::chrono::microseconds> parse_retry_after(const std::string& text, Instant now) {
    if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) {
        const auto seconds = whole_number<std::uint64_t>(text).value_or(kSecondsMax);
        return std::chrono::seconds(std::min(seconds, kSecondsMax));
    }
    const auto date = parse_http_date(text);
    if (!date) return {};
    return std::clamp<std::chrono::microseconds>(*date - now, std::chrono::microseconds(0),
                                                 std::chrono::seconds(kSecondsMax));
}

}  // namespace eventfwd

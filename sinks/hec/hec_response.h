// What a HEC's answer means, as one table of Splunk's codes ("Possible error codes" of its HTTP
// Event Collector manual) and of the statuses by which a proxy speaks. Pure: no sockets, no clock.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "net/http_answer.h"
#include "sinks/outcome.h"

namespace eventfwd {

constexpr std::size_t kHecBodyBytesMax = 64 * 1024;  // of an answer

// Splunk's own words in a body.
struct HecAnswer {
    int code = 0;
    std::string text;
    std::optional<std::size_t> invalid_event;  // index in the batch
    std::optional<std::uint64_t> ack_id;
};

// BODY as text: what a proxy compressed unasked is unpacked, and a byte order mark is left out. As
// it came where it has neither.
std::string plain_body(std::string body);

// Nothing where BODY is not an object with a code: then it is not Splunk who speaks.
std::optional<HecAnswer> parse_hec_answer(std::string_view body);

// How the sending of COUNT lines ended that was answered by RESPONSE at NOW. What will be sent
// again though it may have been taken is in doubt.
Outcome outcome_of(const HttpAnswer& response, std::size_t count, Instant now);

// A Retry-After header (RFC 9110, section 10.2.3): seconds, or a date, of which what lies before
// NOW is no time at all. Nothing where it is neither.
std::optional<std::chrono::microseconds> parse_retry_after(const std::string& text, Instant now);

}  // namespace eventfwd

// Instants as packets write them and as lines show them: always UTC, always six digits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/text/instant.h"

namespace eventfwd {

// How a time without a zone is meant.
enum class NaiveTime { utc, local };

constexpr std::size_t kTimestampBytes = 27;  // 2011-08-08T11:45:17.735045Z

// Reads ISO 8601: a date, or with T, t or one space hh:mm or hh:mm:ss (:60 is the first instant of
// the next minute), a fraction behind "." or "," (cut to microseconds), and a zone: Z, z, UTC, GMT,
// ±hh:mm, ±hhmm, ±hh, also behind one space and with " UTC" or " GMT" behind it, or none. Or a
// decimal number since 1970, as parse_epoch_number reads it. Nothing for all else, and outside the
// years 0001–9999 of UTC.
std::optional<Instant> parse_timestamp(std::string_view text, NaiveTime naive);

// Whether TEXT, a token of a text packet, is meant as a timestamp, possible or not: a decimal
// number, or a date alone or with anything behind T or t.
bool has_timestamp_shape(std::string_view text);

// Whether TEXT has the shape YYYY-MM-DD, or begins like a time of day: the two halves of a
// timestamp that is written with a space.
bool has_date_shape(std::string_view text);
bool begins_like_time_of_day(std::string_view text);

// Writes the kTimestampBytes bytes of INSTANT, of the years 0001–9999, and returns their end.
char* write_timestamp(char* out, Instant instant);

// The same bytes as a text of their own.
std::string format_timestamp(Instant instant);

// Reads exactly what write_timestamp writes.
std::optional<Instant> parse_rendered_timestamp(std::string_view text);

}  // namespace eventfwd

#include "core/text/timestamp.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>

namespace eventfwd {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr Instant kFirst = sys_days{std::chrono::year{1} / 1 / 1};
constexpr Instant kEnd = Instant{sys_days{std::chrono::year{9999} / 12 / 31}} + days{1};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The number of the N digits at AT, or nothing where one of them is no digit.
template <std::size_t N>
std::optional<int> digits(std::string_view text, std::size_t at) {
    if (text.size() < at + N) return std::nullopt;
    if constexpr (N == 2) {
        const int tens = text[at] - '0';
        const int ones = text[at + 1] - '0';
        if (tens < 0 || tens > 9 || ones < 0 || ones > 9) return std::nullopt;
        return 10 * tens + ones;
    } else {
        const auto front = digits<N - 2>(text, at);
        const auto back = digits<2>(text, at + N - 2);
        if (!front || !back) return std::nullopt;
        return 100 * *front + *back;
    }
}

bool has_char(std::string_view text, std::size_t at, char c) {
    return at < text.size() && text[at] == c;
}

std::optional<sys_days> parse_date(std::string_view text) {
    const auto year = digits<4>(text, 0);
    const auto month = digits<2>(text, 5);
    const auto day = digits<2>(text, 8);
    if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok() || *year == 0) return std::nullopt;
    return sys_days{date};
}

std::optional<seconds> parse_time_of_day(std::string_view text) {
    const auto hour = digits<2>(text, 0);
    const auto minute = digits<2>(text, 3);
    const auto second = digits<2>(text, 6);
    if (!hour || !minute || !second || text[2] != ':' || text[5] != ':') return std::nullopt;
    if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    return hours{*hour} + minutes{*minute} + seconds{*second};
}

// The first SIX digits of a fraction as microseconds; those behind them are cut.
template <int Six = 6>
std::int64_t scaled_fraction(std::string_view fraction) {
    std::int64_t value = 0;
    for (std::size_t at = 0; at < Six; ++at) {
        value = value * 10 + (at < fraction.size() ? fraction[at] - '0' : 0);
    }
    return value;
}

std::string_view leading_digits(std::string_view text) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count]))
        ++count;
    return text.substr(0, count);
}

// "Z", "z", "+hh:mm", "-hhmm", "+hh": the offset from UTC.
std::optional<minutes> parse_zone(std::string_view text) {
    if (text == "Z" || text == "z") return minutes{0};
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    const auto hour = digits<2>(text, 1);
    std::optional<int> minute = 0;
    if (text.size() == 6 && text[3] == ':') {
        minute = digits<2>(text, 4);
    } else if (text.size() == 5) {
        minute = digits<2>(text, 3);
    } else if (text.size() != 3) {
        return std::nullopt;
    }
    if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    const minutes offset = hours{*hour} + minutes{*minute};
    return text[0] == '-' ? -offset : offset;
}

// What the local zone adds to UTC at an instant.
seconds local_offset(std::chrono::sys_seconds at) {
    const std::time_t time = at.time_since_epoch().count();
    std::tm local{};
    ::localtime_r(&time, &local);
    return seconds{local.tm_gmtoff};
}

// A local time of day that comes twice is the first of the two; one that is skipped is read with
// the offset before the jump.
std::chrono::sys_seconds from_local(std::chrono::sys_seconds naive) {
    const seconds before = local_offset(naive - days{1});
    const seconds after = local_offset(naive + days{1});
    const auto with_before = naive - before;
    const auto with_after = naive - after;
    if (local_offset(with_before) == before) return with_before;
    return local_offset(with_after) == after ? with_after : with_before;
}

std::optional<Instant> within_years(Instant instant) {
    if (instant < kFirst || instant >= kEnd) return std::nullopt;
    return instant;
}

std::optional<Instant> parse_iso(std::string_view text, NaiveTime naive) {
    const auto date = parse_date(text);
    if (!date) return std::nullopt;
    std::chrono::sys_seconds moment = *date;
    microseconds fraction{0};
    std::string_view rest = text.substr(10);
    if (!rest.empty()) {
        if (rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ') return std::nullopt;
        const auto time = parse_time_of_day(rest.substr(1));
        if (!time) return std::nullopt;
        moment += *time;
        rest.remove_prefix(9);
        if (has_char(rest, 0, '.')) {
            const std::string_view decimals = leading_digits(rest.substr(1));
            if (decimals.empty()) return std::nullopt;
            fraction = microseconds{scaled_fraction(decimals)};
            rest.remove_prefix(1 + decimals.size());
        }
        if (!rest.empty()) {
            const auto offset = parse_zone(rest);
            if (!offset) return std::nullopt;
            return within_years(moment - *offset + fraction);
        }
    }
    if (naive == NaiveTime::local) moment = from_local(moment);
    return within_years(moment + fraction);
}

std::optional<Instant> parse_number(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const std::string_view whole = leading_digits(text);
    text.remove_prefix(whole.size());
    std::string_view fraction;
    if (has_char(text, 0, '.')) {
        fraction = leading_digits(text.substr(1));
        if (fraction.empty()) return std::nullopt;
        text.remove_prefix(1 + fraction.size());
    }
    if (whole.empty() || !text.empty()) return std::nullopt;

    // Nanoseconds have eighteen digits or more; their last three are cut, so that all fits.
    constexpr std::size_t kNanosecondDigits = 18;
    constexpr std::size_t kDigitsMax = 21;
    const std::string_view significant =
        whole.substr(std::min(whole.find_first_not_of('0'), whole.size()));
    if (significant.size() > kDigitsMax) return std::nullopt;
    const bool is_nanoseconds = significant.size() >= kNanosecondDigits;
    std::int64_t number = 0;
    for (const char c : significant.substr(0, significant.size() - (is_nanoseconds ? 3 : 0))) {
        number = number * 10 + (c - '0');
    }
    std::int64_t micros = number;
    if (!is_nanoseconds && number < 100'000'000'000) {
        micros = number * 1'000'000 + scaled_fraction(fraction);
    } else if (!is_nanoseconds && number < 100'000'000'000'000) {
        micros = number * 1'000 + scaled_fraction<3>(fraction);
    }
    return within_years(Instant{microseconds{negative ? -micros : micros}});
}

constexpr auto kPairs = [] {
    std::array<char, 200> pairs{};
    for (std::size_t i = 0; i < 100; ++i) {
        pairs[2 * i] = static_cast<char>('0' + i / 10);
        pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
}();

// Writes NUMBER (0…99) as two digits.
void write_pair(char* out, unsigned number) {
    std::memcpy(out, &kPairs[2 * number], 2);
}

}  // namespace

std::optional<Instant> parse_timestamp(std::string_view text, NaiveTime naive) {
    return has_char(text, 4, '-') ? parse_iso(text, naive) : parse_number(text);
}

bool has_date_shape(std::string_view text) {
    return text.size() == 10 && digits<4>(text, 0) && has_char(text, 4, '-') &&
           digits<2>(text, 5) && has_char(text, 7, '-') && digits<2>(text, 8);
}

bool begins_like_time_of_day(std::string_view text) {
    return digits<2>(text, 0) && has_char(text, 2, ':');
}

bool has_timestamp_shape(std::string_view text) {
    if (has_date_shape(text.substr(0, 10))) {
        return text.size() == 10 || text[10] == 'T' || text[10] == 't';
    }
    if (text.starts_with('-')) text.remove_prefix(1);
    const std::string_view whole = leading_digits(text);
    if (whole.empty()) return false;
    text.remove_prefix(whole.size());
    return text.empty() || (text[0] == '.' && text.size() > 1 &&
                            leading_digits(text.substr(1)).size() + 1 == text.size());
}

char* write_timestamp(char* out, Instant instant) {
    const auto day = std::chrono::floor<days>(instant);
    const std::chrono::year_month_day date{day};
    const auto in_day = static_cast<std::uint64_t>((instant - day).count());
    const auto second = static_cast<unsigned>(in_day / 1'000'000);
    const auto fraction = static_cast<unsigned>(in_day % 1'000'000);
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    std::memcpy(out, "YYYY-MM-DDThh:mm:ss.ffffffZ", kTimestampBytes);
    write_pair(out, year / 100);
    write_pair(out + 2, year % 100);
    write_pair(out + 5, static_cast<unsigned>(date.month()));
    write_pair(out + 8, static_cast<unsigned>(date.day()));
    write_pair(out + 11, second / 3600);
    write_pair(out + 14, second / 60 % 60);
    write_pair(out + 17, second % 60);
    write_pair(out + 20, fraction / 10'000);
    write_pair(out + 22, fraction / 100 % 100);
    write_pair(out + 24, fraction % 100);
    return out + kTimestampBytes;
}

std::string format_timestamp(Instant instant) {
    std::string text(kTimestampBytes, '\0');
    write_timestamp(text.data(), instant);
    return text;
}

std::optional<Instant> parse_rendered_timestamp(std::string_view text) {
    if (text.size() != kTimestampBytes || text[10] != 'T' || text[19] != '.' || text[26] != 'Z') {
        return std::nullopt;
    }
    return parse_iso(text, NaiveTime::utc);
}

}  // namespace eventfwd

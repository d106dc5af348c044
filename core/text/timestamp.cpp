#include "core/text/timestamp.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>

#include "core/text/digits.h"
#include "core/text/epoch_number.h"

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

// The number of the N digits at AT; below 0, so that several can be asked for at once, where one of
// them is no digit.
template <std::size_t N>
int digits(std::string_view text, std::size_t at) {
    if (text.size() < at + N) return -1;
    unsigned number = 0;
    unsigned largest = 0;
    for (std::size_t i = 0; i < N; ++i) {
        const unsigned digit = static_cast<unsigned char>(text.data()[at + i]) - unsigned{'0'};
        largest = std::max(largest, digit);
        number = 10 * number + digit;
    }
    return largest > 9 ? -1 : static_cast<int>(number);
}

std::optional<sys_days> parse_date(std::string_view text) {
    const int year = digits<4>(text, 0);
    const int month = digits<2>(text, 5);
    const int day = digits<2>(text, 8);
    if ((year | month | day) < 0 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || year == 0) return std::nullopt;
    return sys_days{date};
}

// The first six digits of a fraction as microseconds; those behind them are cut.
microseconds scaled_fraction(std::string_view fraction) {
    std::int64_t value = 0;
    for (std::size_t at = 0; at < 6; ++at) {
        value = value * 10 + (at < fraction.size() ? fraction[at] - '0' : 0);
    }
    return microseconds{value};
}

// Takes "hh:mm", "hh:mm:ss", or the latter with a fraction off the front of TEXT. A leap second,
// :60, begins where the next minute does.
std::optional<microseconds> take_time_of_day(std::string_view& text) {
    const int hour = digits<2>(text, 0);
    const int minute = digits<2>(text, 3);
    if ((hour | minute) < 0 || text[2] != ':' || hour > 23 || minute > 59) return std::nullopt;
    microseconds time = hours{hour} + minutes{minute};
    if (!has_char(text, 5, ':')) {
        text.remove_prefix(5);
        return time;
    }
    const int second = digits<2>(text, 6);
    if (second < 0 || second > 60) return std::nullopt;
    time += seconds{second};
    text.remove_prefix(8);
    if (has_char(text, 0, '.') || has_char(text, 0, ',')) {
        const std::string_view decimals = leading_digits(text.substr(1));
        if (decimals.empty()) return std::nullopt;
        time += scaled_fraction(decimals);
        text.remove_prefix(1 + decimals.size());
    }
    return time;
}

bool is_utc(std::string_view name) {
    return name == "UTC" || name == "GMT";
}

// "Z", "z", "UTC", "GMT", "+hh:mm", "-hhmm", "+hh": the offset from UTC. Also behind one space, and
// with " UTC" or " GMT" behind it, as Go prints a time.
std::optional<minutes> parse_zone(std::string_view text) {
    if (text.starts_with(' ')) text.remove_prefix(1);
    constexpr std::size_t kNameBytes = 4;  // with its space
    if (text.size() > kNameBytes && text[text.size() - kNameBytes] == ' ' &&
        is_utc(text.substr(text.size() - kNameBytes + 1))) {
        text.remove_suffix(kNameBytes);
    }
    if (text == "Z" || text == "z" || is_utc(text)) return minutes{0};
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    const int hour = digits<2>(text, 1);
    int minute = 0;
    if (text.size() == 6 && text[3] == ':') {
        minute = digits<2>(text, 4);
    } else if (text.size() == 5) {
        minute = digits<2>(text, 3);
    } else if (text.size() != 3) {
        return std::nullopt;
    }
    if ((hour | minute) < 0 || hour > 23 || minute > 59) return std::nullopt;
    const minutes offset = hours{hour} + minutes{minute};
    return text[0] == '-' ? -offset : offset;
}

// What the local zone adds to UTC at an instant.
seconds local_offset(Instant at) {
    const std::time_t time = std::chrono::floor<seconds>(at).time_since_epoch().count();
    std::tm local{};
    ::localtime_r(&time, &local);
    return seconds{local.tm_gmtoff};
}

// A local time of day that comes twice is the first of the two; one that is skipped is read with
// the offset before the jump.
Instant from_local(Instant naive) {
    const seconds before = local_offset(naive - days{1});
    const seconds after = local_offset(naive + days{1});
    const Instant with_before = naive - before;
    const Instant with_after = naive - after;
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
    Instant moment = *date;
    std::string_view rest = text.substr(10);
    if (!rest.empty()) {
        if (rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ') return std::nullopt;
        rest.remove_prefix(1);
        const auto time = take_time_of_day(rest);
        if (!time) return std::nullopt;
        moment += *time;
        if (!rest.empty()) {
            const auto offset = parse_zone(rest);
            if (!offset) return std::nullopt;
            return within_years(moment - *offset);
        }
    }
    return within_years(naive == NaiveTime::local ? from_local(moment) : moment);
}

std::optional<Instant> parse_number(std::string_view text) {
    const auto micros = parse_epoch_number(text);
    return micros ? within_years(Instant{*micros}) : std::nullopt;
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
    // The form of rendered lines is what most senders print, too.
    if (text.size() == kTimestampBytes) {
        if (const auto instant = parse_rendered_timestamp(text)) return instant;
    }
    return has_char(text, 4, '-') ? parse_iso(text, naive) : parse_number(text);
}

bool has_date_shape(std::string_view text) {
    return text.size() == 10 && text[4] == '-' && text[7] == '-' &&
           (digits<4>(text, 0) | digits<2>(text, 5) | digits<2>(text, 8)) >= 0;
}

bool begins_like_time_of_day(std::string_view text) {
    return digits<2>(text, 0) >= 0 && has_char(text, 2, ':');
}

bool has_timestamp_shape(std::string_view text) {
    if (has_date_shape(text.substr(0, 10))) {
        return text.size() == 10 || text[10] == 'T' || text[10] == 't';
    }
    return is_decimal_number(text);
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
    if (text.size() != kTimestampBytes || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
        text[19] != '.' || text[26] != 'Z') {
        return std::nullopt;
    }
    const auto date = parse_date(text);
    const int hour = digits<2>(text, 11);
    const int minute = digits<2>(text, 14);
    const int second = digits<2>(text, 17);
    const int fraction = digits<6>(text, 20);
    if (!date || (hour | minute | second | fraction) < 0) return std::nullopt;
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return *date + hours{hour} + minutes{minute} + seconds{second} + microseconds{fraction};
}

}  // namespace eventfwd

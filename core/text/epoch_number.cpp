#include "core/text/epoch_number.h"

#include <algorithm>
#include <cstdint>

#include "core/text/digits.h"

namespace eventfwd {
namespace {

// Beyond it, no packet is long enough to bring a number back into range.
constexpr std::int64_t kExponentMax = 1'000'000;

// A number as it is written: [-]WHOLE[.FRACTION][(e|E)[+|-]EXPONENT].
struct Decimal {
    bool is_negative = false;
    std::string_view whole;
    std::string_view fraction;
    std::int64_t exponent = 0;
};

// The exponent behind the "e"; nothing where TEXT is none.
std::optional<std::int64_t> read_exponent(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) text.remove_prefix(1);
    if (text.empty() || leading_digits(text).size() != text.size()) return std::nullopt;
    std::int64_t exponent = 0;
    for (const char c : text)
        exponent = std::min(exponent * 10 + (c - '0'), kExponentMax);
    return is_negative ? -exponent : exponent;
}

std::optional<Decimal> read_decimal(std::string_view text) {
    Decimal number;
    number.is_negative = text.starts_with('-');
    if (number.is_negative) text.remove_prefix(1);
    number.whole = leading_digits(text);
    if (number.whole.empty()) return std::nullopt;
    text.remove_prefix(number.whole.size());
    if (text.starts_with('.')) {
        number.fraction = leading_digits(text.substr(1));
        if (number.fraction.empty()) return std::nullopt;
        text.remove_prefix(1 + number.fraction.size());
    }
    if (text.empty()) return number;
    if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
    const auto exponent = read_exponent(text.substr(1));
    if (!exponent) return std::nullopt;
    number.exponent = *exponent;
    return number;
}

// How many digits behind the point are wanted of a number with WHOLE_DIGITS before it, so that they
// give microseconds. Of nanoseconds, the last three before it are left out.
std::int64_t digits_behind_point(std::int64_t whole_digits) {
    if (whole_digits <= 11) return 6;
    if (whole_digits <= 14) return 3;
    return whole_digits <= 17 ? 0 : -3;
}

// Takes the zeros off the front of DIGITS; how many they were.
std::size_t take_zeros(std::string_view& digits) {
    std::size_t count = 0;
    while (has_char(digits, count, '0'))
        ++count;
    digits.remove_prefix(count);
    return count;
}

// Writes DIGITS behind NUMBER, at most WANTED of them, which becomes less by as many.
void add_digits(std::int64_t& number, std::string_view digits, std::int64_t& wanted) {
    if (wanted <= 0) return;
    digits = digits.substr(0, static_cast<std::size_t>(wanted));
    for (const char c : digits)
        number = number * 10 + (c - '0');
    wanted -= static_cast<std::int64_t>(digits.size());
}

}  // namespace

std::optional<std::chrono::microseconds> parse_epoch_number(std::string_view text) {
    constexpr std::int64_t kWholeDigitsMax = 21;  // nanoseconds beyond the year 9999
    auto number = read_decimal(text);
    if (!number) return std::nullopt;
    take_zeros(number->whole);
    const std::size_t zeros = number->whole.empty() ? take_zeros(number->fraction) : 0;
    if (number->whole.empty() && number->fraction.empty()) return std::chrono::microseconds{0};
    // Where the point is, counted from the first digit that is not zero: left of it if negative.
    const std::int64_t point = static_cast<std::int64_t>(number->whole.size()) -
                               static_cast<std::int64_t>(zeros) + number->exponent;
    if (point > kWholeDigitsMax) return std::nullopt;
    std::int64_t wanted = point + digits_behind_point(point);
    std::int64_t micros = 0;
    add_digits(micros, number->whole, wanted);
    add_digits(micros, number->fraction, wanted);
    for (; wanted > 0; --wanted)
        micros *= 10;
    return std::chrono::microseconds{number->is_negative ? -micros : micros};
}

bool is_decimal_number(std::string_view text) {
    return read_decimal(text).has_value();
}

}  // namespace eventfwd

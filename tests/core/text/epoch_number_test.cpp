#include "core/text/epoch_number.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "core/text/timestamp.h"

namespace eventfwd {
namespace {

std::string number_read(std::string_view text) {
    const auto instant = parse_timestamp(text, NaiveTime::utc);
    return instant ? format_timestamp(*instant) : "none";
}

TEST(EpochNumber, ReadsAnExponentExactly) {
    EXPECT_EQ(number_read("1e9"), "2001-09-09T01:46:40.000000Z");
    EXPECT_EQ(number_read("1.3128039177e9"), "2011-08-08T11:45:17.700000Z");
    EXPECT_EQ(number_read("1.3128039E+09"), "2011-08-08T11:45:00.000000Z");
    EXPECT_EQ(number_read("131280391773504599e-8"), "2011-08-08T11:45:17.735045Z");
    EXPECT_EQ(number_read("-1E0"), "1969-12-31T23:59:59.000000Z");
    EXPECT_EQ(number_read("0.0000000000013128039177e21"), "2011-08-08T11:45:17.700000Z");
    EXPECT_EQ(number_read("253402300799.999999e9"), "9999-12-31T23:59:59.999999Z");
}

TEST(EpochNumber, TellsTheUnitBehindTheExponent) {
    EXPECT_EQ(number_read("1.312803917735e12"), "2011-08-08T11:45:17.735000Z");
    EXPECT_EQ(number_read("1.312803917735045e15"), "2011-08-08T11:45:17.735045Z");
    EXPECT_EQ(number_read("1.312803917735045999e18"), "2011-08-08T11:45:17.735045Z");
    EXPECT_EQ(number_read("99999999999.999999e0"), "5138-11-16T09:46:39.999999Z");
    EXPECT_EQ(number_read("1e11"), "1973-03-03T09:46:40.000000Z");
}

TEST(EpochNumber, AnExponentOfAnyLengthEndsAtTheYears) {
    EXPECT_EQ(number_read("1e21"), "none");
    EXPECT_EQ(number_read("1e400"), "none");
    EXPECT_EQ(number_read("1e99999999999999999999"), "none");
    EXPECT_EQ(number_read("1e-400"), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(number_read("1e-99999999999999999999"), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(number_read("0e99999999999999999999"), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(number_read("0.000e5"), "1970-01-01T00:00:00.000000Z");
}

TEST(EpochNumber, RefusesAnExponentOfAnotherShape) {
    for (const char* text : {"1e", "1e+", "1e-", "1e1.5", "1e 9", "e9", "1.e9", ".5e9", "1e9s",
                             "1ee9", "1e+-9", "+1e9"}) {
        EXPECT_EQ(number_read(text), "none") << text;
        EXPECT_FALSE(is_decimal_number(text)) << text;
    }
    EXPECT_TRUE(is_decimal_number("1e400"));
}

// DIGITS × 10^SHIFT, with its point before the digit AT.
std::string with_point(const std::string& digits, std::size_t at, int shift) {
    const int exponent = shift + static_cast<int>(digits.size() - at);
    return fmt::format("{}{}{}e{}", digits.substr(0, at), at < digits.size() ? "." : "",
                       digits.substr(at), exponent);
}

TEST(EpochNumber, WhereThePointStandsDoesNotMatter) {
    const std::uint64_t seed = std::random_device{}();
    std::mt19937_64 random(seed);
    for (int round = 0; round < 3000; ++round) {
        const std::string digits = std::to_string(1 + random() % 9'999'999'999'999'999);
        const int shift = static_cast<int>(random() % 14) - 8;
        const std::string expected = number_read(with_point(digits, digits.size(), shift));
        for (std::size_t at = 1; at <= digits.size(); ++at) {
            EXPECT_EQ(number_read(with_point(digits, at, shift)), expected)
                << "seed " << seed << ": " << with_point(digits, at, shift);
        }
        if (shift >= 0) {
            EXPECT_EQ(number_read(digits + std::string(static_cast<std::size_t>(shift), '0')),
                      expected)
                << "seed " << seed;
        }
    }
}

}  // namespace
}  // namespace eventfwd

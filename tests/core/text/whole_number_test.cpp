#include "core/text/whole_number.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace eventfwd {
namespace {

TEST(WholeNumber, ReadsATextThatIsANumber) {
    EXPECT_EQ(whole_number<std::uint64_t>("0"), 0U);
    EXPECT_EQ(whole_number<std::uint64_t>("007"), 7U);
    EXPECT_EQ(whole_number<std::uint64_t>("18446744073709551615"),
              std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(whole_number<unsigned>("0640", 8), 0640U);
}

TEST(WholeNumber, RefusesWhatIsNotOrNotOnlyANumber) {
    for (const char* text : {"", "-", "+1", " 1", "1 ", "1x", "x1", "1.0", "0x1", "--1"}) {
        EXPECT_FALSE(whole_number<std::int64_t>(text)) << text;
    }
    EXPECT_FALSE(whole_number<std::uint64_t>(std::string_view("1\0", 2)));
    EXPECT_FALSE(whole_number<std::uint64_t>(std::string_view()));
    EXPECT_FALSE(whole_number<unsigned>("8", 8));
}

TEST(WholeNumber, TakesAMinusOnlyWhereTheTypeHasASign) {
    EXPECT_EQ(whole_number<std::int64_t>("-7"), -7);
    EXPECT_FALSE(whole_number<std::uint64_t>("-7"));
}

TEST(WholeNumber, RefusesWhatTheTypeCannotHold) {
    EXPECT_EQ(whole_number<std::uint16_t>("65535"), 65535);
    EXPECT_FALSE(whole_number<std::uint16_t>("65536"));
    EXPECT_FALSE(whole_number<std::uint64_t>("18446744073709551616"));
}

}  // namespace
}  // namespace eventfwd

#include "core/text/units.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

TEST(Units, ReadsSizesAsPeopleWriteThem) {
    EXPECT_EQ(parse_size("0"), 0U);
    EXPECT_EQ(parse_size("512"), 512U);
    EXPECT_EQ(parse_size("512B"), 512U);
    EXPECT_EQ(parse_size("64KiB"), 64_KiB);
    EXPECT_EQ(parse_size("4MiB"), 4_MiB);
    EXPECT_EQ(parse_size("8GiB"), 8_GiB);
}

TEST(Units, RefusesSizesThatAreNot) {
    for (const char* text :
         {"", "KiB", "-1", "4MB", "4 MiB", "1.5GiB", "99999999999999999999", "99999999TiB"}) {
        EXPECT_FALSE(parse_size(text)) << text;
    }
}

TEST(Units, ReadsDurationsAsPeopleWriteThem) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("1s"), 1s);
    EXPECT_EQ(parse_duration("5m"), 5min);
    EXPECT_EQ(parse_duration("2h"), 2h);
    EXPECT_EQ(parse_duration("7d"), 168h);
    EXPECT_EQ(parse_duration("0s"), 0s);
}

TEST(Units, RefusesDurationsThatAreNot) {
    for (const char* text : {"", "1", "s", "1 s", "-1s", "1w", "999999999999999999d"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(Units, WritesWhatItReads) {
    for (const char* text : {"0B", "1B", "512B", "1000B", "64KiB", "1025KiB", "8GiB"}) {
        EXPECT_EQ(format_size(parse_size(text).value()), text);
    }
    for (const char* text : {"0s", "250us", "250ms", "1s", "90s", "5m", "36h", "7d"}) {
        EXPECT_EQ(format_duration(parse_duration(text).value()), text);
    }
}

TEST(Units, GroupsTheDigitsOfCounts) {
    EXPECT_EQ(format_count(0), "0");
    EXPECT_EQ(format_count(999), "999");
    EXPECT_EQ(format_count(1000), "1,000");
    EXPECT_EQ(format_count(1234567), "1,234,567");
}

}  // namespace
}  // namespace eventfwd

#include "core/text/timestamp.h"

#include <gtest/gtest.h>

#include "support/time_zone.h"

namespace eventfwd {
namespace {

std::string rendered(std::optional<Instant> instant) {
    if (!instant) return "none";
    std::string out(kTimestampBytes, '?');
    EXPECT_EQ(write_timestamp(out.data(), *instant), out.data() + kTimestampBytes);
    EXPECT_EQ(format_timestamp(*instant), out);
    return out;
}

std::string read(std::string_view text, NaiveTime naive = NaiveTime::utc) {
    return rendered(parse_timestamp(text, naive));
}

TEST(Timestamp, ReadsEveryFormOfAZone) {
    for (const char* zone : {"+05:30", "+0530"}) {
        EXPECT_EQ(read(std::string("2011-08-08T11:45:17") + zone), "2011-08-08T06:15:17.000000Z");
    }
    EXPECT_EQ(read("2011-08-08T11:45:17-23:59"), "2011-08-09T11:44:17.000000Z");
    for (const char* zone : {"+5", "+05:3", "+05:60", "+24", "CET", "+05:30:00", "Z "}) {
        EXPECT_EQ(read(std::string("2011-08-08T11:45:17") + zone), "none") << zone;
    }
}

TEST(Timestamp, CutsAFractionAndRefusesAnEmptyOne) {
    EXPECT_EQ(read("2011-08-08T11:45:17.1234567Z"), "2011-08-08T11:45:17.123456Z");
    EXPECT_EQ(read("2011-08-08T11:45:17.1"), "2011-08-08T11:45:17.100000Z");
    EXPECT_EQ(read("2011-08-08T11:45:17."), "none");
    EXPECT_EQ(read("2011-08-08T11:45:17.Z"), "none");
}

TEST(Timestamp, KnowsTheCalendar) {
    EXPECT_EQ(read("2012-02-29"), "2012-02-29T00:00:00.000000Z");
    EXPECT_EQ(read("1900-02-29"), "none");
    EXPECT_EQ(read("2011-13-01"), "none");
    EXPECT_EQ(read("2011-00-01"), "none");
    EXPECT_EQ(read("0000-01-01"), "none");
    EXPECT_EQ(read("9999-12-31T23:59:59.999999-00:01"), "none");
}

TEST(Timestamp, TellsTheUnitOfANumberByItsMagnitude) {
    EXPECT_EQ(read("1312803917"), "2011-08-08T11:45:17.000000Z");
    EXPECT_EQ(read("1312803917735.0459"), "2011-08-08T11:45:17.735045Z");
    EXPECT_EQ(read("1312803917735045.9"), "2011-08-08T11:45:17.735045Z");
    EXPECT_EQ(read("1312803917735045999"), "2011-08-08T11:45:17.735045Z");
    EXPECT_EQ(read("9223372036854775807"), "2262-04-11T23:47:16.854775Z");
    EXPECT_EQ(read("253402300799999999999"), "9999-12-31T23:59:59.999999Z");
    EXPECT_EQ(read("000001312803917"), "2011-08-08T11:45:17.000000Z");
    EXPECT_EQ(read("99999999999999"), "5138-11-16T09:46:39.999000Z");
    EXPECT_EQ(read("100000000000000"), "1973-03-03T09:46:40.000000Z");
    EXPECT_EQ(read("-0.000001"), "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(read("-62135596800"), "0001-01-01T00:00:00.000000Z");
    EXPECT_EQ(read("-62135596800.000001"), "none");
}

TEST(Timestamp, RefusesNumbersOfAnotherShape) {
    for (const char* text :
         {"", "-", ".5", "5.", "+5", "1e", "0x10", "1_000", "9999999999999999999999"}) {
        EXPECT_EQ(read(text), "none") << text;
    }
}

TEST(Timestamp, ReadsANaiveTimeInTheLocalZone) {
    const test::TimeZone zone("Europe/Amsterdam");
    EXPECT_EQ(read("2011-08-08T11:45:17", NaiveTime::local), "2011-08-08T09:45:17.000000Z");
    EXPECT_EQ(read("2011-01-08", NaiveTime::local), "2011-01-07T23:00:00.000000Z");
    EXPECT_EQ(read("2011-08-08T11:45:17Z", NaiveTime::local), "2011-08-08T11:45:17.000000Z");
}

TEST(Timestamp, TakesTheFirstOfALocalTimeThatComesTwice) {
    const test::TimeZone zone("Europe/Amsterdam");
    EXPECT_EQ(read("2011-10-30T02:30:00", NaiveTime::local), "2011-10-30T00:30:00.000000Z");
    EXPECT_EQ(read("2011-10-30T03:00:00", NaiveTime::local), "2011-10-30T02:00:00.000000Z");
}

TEST(Timestamp, ReadsALocalTimeThatIsSkippedWithTheOffsetBeforeTheJump) {
    const test::TimeZone zone("Europe/Amsterdam");
    EXPECT_EQ(read("2011-03-27T02:30:00", NaiveTime::local), "2011-03-27T01:30:00.000000Z");
    EXPECT_EQ(read("2011-03-27T03:00:00", NaiveTime::local), "2011-03-27T01:00:00.000000Z");
}

TEST(Timestamp, LocalZonesWestOfGreenwichJumpTheSameWay) {
    const test::TimeZone zone("America/New_York");
    EXPECT_EQ(read("2011-11-06T01:30:00", NaiveTime::local), "2011-11-06T05:30:00.000000Z");
    EXPECT_EQ(read("2011-03-13T02:30:00", NaiveTime::local), "2011-03-13T07:30:00.000000Z");
}

TEST(Timestamp, ReadsBackExactlyWhatItWrites) {
    EXPECT_EQ(rendered(parse_rendered_timestamp("2011-08-08T11:45:17.735045Z")),
              "2011-08-08T11:45:17.735045Z");
    for (const char* text : {"2011-08-08t11:45:17.735045Z", "2011-08-08T11:45:17.735045z",
                             "2011-08-08T11:45:17.73504Z", "2011-08-08 11:45:17.735045Z"}) {
        EXPECT_FALSE(parse_rendered_timestamp(text)) << text;
    }
}

}  // namespace
}  // namespace eventfwd

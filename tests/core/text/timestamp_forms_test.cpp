// The forms in which real senders print an instant, against the instant that they printed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "core/text/timestamp.h"

namespace eventfwd {
namespace {

std::string form_read(std::string_view text) {
    const auto instant = parse_timestamp(text, NaiveTime::utc);
    return instant ? format_timestamp(*instant) : "none";
}

constexpr std::string_view kExpected = "2011-08-08T11:45:17.735045Z";

TEST(TimestampForms, TakeWhatLanguagesPrint) {
    EXPECT_EQ(form_read("2011-08-08 11:45:17,735045"), kExpected);               // Python's logging
    EXPECT_EQ(form_read("2011-08-08 11:45:17.735045 +0000 UTC"), kExpected);     // Go
    EXPECT_EQ(form_read("2011-08-08 13:45:17.735045999 +0200 UTC"), kExpected);  //
    EXPECT_EQ(form_read("2011-08-08 11:45:17.735045 UTC"), kExpected);           // Ruby, PostgreSQL
    EXPECT_EQ(form_read("2011-08-08 13:45:17.735045 +0200"), kExpected);         // git
    EXPECT_EQ(form_read("2011-08-08T11:45:17.735045UTC"), kExpected);
    EXPECT_EQ(form_read("2011-08-08t11:45:17,735045GMT"), kExpected);
    EXPECT_EQ(form_read("2011-08-08T11:45"), "2011-08-08T11:45:00.000000Z");
    EXPECT_EQ(form_read("2011-08-08 13:45+02"), "2011-08-08T11:45:00.000000Z");
    EXPECT_EQ(form_read("2011-08-08T11:45Z"), "2011-08-08T11:45:00.000000Z");
}

TEST(TimestampForms, ALeapSecondBeginsTheNextMinute) {
    EXPECT_EQ(form_read("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000000Z");
    EXPECT_EQ(form_read("2016-12-31T23:59:60+00:00"), "2017-01-01T00:00:00.000000Z");
    EXPECT_EQ(form_read("2017-01-01T00:59:60.5+01:00"), "2017-01-01T00:00:00.500000Z");
    EXPECT_EQ(form_read("2011-08-08T11:45:60"), "2011-08-08T11:46:00.000000Z");
    EXPECT_EQ(form_read("9999-12-31T23:59:60Z"), "none");
    EXPECT_EQ(form_read("2011-08-08T11:45:61"), "none");
    EXPECT_FALSE(parse_rendered_timestamp("2016-12-31T23:59:60.000000Z"));
}

TEST(TimestampForms, RefuseWhatOnlyLooksLikeThem) {
    for (const char* behind :
         {"  UTC", " UTC ", "UT", "utc", " ", ",5", ":", ":1", ":17,", ":17. ", ":17 CEST",
          ":17 +0200 CEST", ":17 UTC+1", " +0000  UTC", ".5", ":17.5.5", ":17 \tUTC"}) {
        EXPECT_EQ(form_read(std::string("2011-08-08T11:45") + behind), "none") << behind;
    }
    EXPECT_EQ(form_read("2011-08-08 UTC"), "none");
    EXPECT_EQ(form_read("2011-08-08T11"), "none");
    EXPECT_EQ(form_read("2011-08-08T24:00"), "none");
}

TEST(TimestampForms, EachSpellingOfAnInstantIsThatInstant) {
    const std::uint64_t seed = std::random_device{}();
    std::mt19937_64 random(seed);
    constexpr std::array kZones{"", "Z", "z", "UTC", "GMT", "+00:00", "-0000", "+00"};
    for (int round = 0; round < 3000; ++round) {
        const Instant instant{
            std::chrono::microseconds{static_cast<std::int64_t>(random() % 4'000'000'000'000'000)}};
        const std::string whole = format_timestamp(instant);
        std::string text = whole.substr(0, kTimestampBytes - 1);
        text[10] = "Tt "[random() % 3];
        text[19] = ".,"[random() % 2];
        if (random() % 2 == 0) text += "999";
        std::string zone = kZones[random() % kZones.size()];
        if (!zone.empty() && random() % 2 == 0) zone = " " + zone;
        if (!zone.empty() && random() % 4 == 0) zone += random() % 2 == 0 ? " UTC" : " GMT";
        EXPECT_EQ(form_read(text + zone), whole) << "seed " << seed << ": " << text + zone;
    }
}

}  // namespace
}  // namespace eventfwd

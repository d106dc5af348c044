#include "formatter/packet/text_decoder.h"

#include <gtest/gtest.h>

#include "support/decoded.h"

namespace eventfwd {
namespace {

using test::decoded;
using test::line;
using Results = std::vector<std::string>;

TEST(TextDecoder, ReadsPairsBetweenSpacesAndTabs) {
    EXPECT_EQ(decoded("  application=shop\t event=login \t"),
              Results{line(R"(application="shop" event="login")")});
}

TEST(TextDecoder, NamesInAnyOrderAndPropertiesInTheirs) {
    EXPECT_EQ(
        decoded("z=1 event=e y=2 application=a increment=4 distinct_id=u x=3"),
        Results{line("application=\"a\" event=\"e\" distinct_id=\"u\" increment=\"4\" "
                     "analytics_prop__z=\"1\" analytics_prop__y=\"2\" analytics_prop__x=\"3\"")});
}

TEST(TextDecoder, ThePrefixOfAPropertyIsNotPartOfItsName) {
    EXPECT_EQ(
        decoded("application=a event=e analytics_prop__x=1 x=2 analytics_prop__=3 properties=4"),
        Results{
            line("application=\"a\" event=\"e\" analytics_prop__x=\"1\" analytics_prop__x_2=\"2\" "
                 "analytics_prop___=\"3\" analytics_prop__properties=\"4\"")});
}

TEST(TextDecoder, SecondNamesAreProperties) {
    EXPECT_EQ(decoded("2011-08-08 application=a event=e timestamp=5 event=f"),
              Results{"2011-08-08T00:00:00.000000Z application=\"a\" event=\"e\" "
                      "analytics_prop__timestamp=\"5\" analytics_prop__event=\"f\""});
}

TEST(TextDecoder, ATokenOfTheShapeOfATimestampIsOne) {
    EXPECT_EQ(decoded("2011-08-08Tnoon application=a event=e"), Results{"refused: bad_timestamp"});
    EXPECT_EQ(decoded("2011-08-08 25:00:00 application=a event=e"),
              Results{"refused: bad_timestamp"});
    EXPECT_EQ(decoded("2011-08-08 11:45:17+02:00 application=a event=e"),
              Results{"2011-08-08T09:45:17.000000Z application=\"a\" event=\"e\""});
    EXPECT_EQ(decoded("99999999999999999999999 application=a event=e"),
              Results{"refused: bad_timestamp"});
    EXPECT_EQ(decoded("1e9 application=a event=e"),
              Results{"2001-09-09T01:46:40.000000Z application=\"a\" event=\"e\""});
    EXPECT_EQ(decoded("1e400 application=a event=e"), Results{"refused: bad_timestamp"});
    EXPECT_EQ(decoded("2011-08-08  11:45:17 application=a event=e"), Results{"refused: syntax"});
}

TEST(TextDecoder, ATimestampEndsAtTheNextBlank) {
    EXPECT_EQ(decoded("2011-08-08 11:45:17,735 application=a event=e"),
              Results{"2011-08-08T11:45:17.735000Z application=\"a\" event=\"e\""});
    EXPECT_EQ(decoded("2011-08-08T11:45UTC application=a event=e"),
              Results{"2011-08-08T11:45:00.000000Z application=\"a\" event=\"e\""});
    EXPECT_EQ(decoded("2011-08-08 11:45:17 UTC application=a event=e"), Results{"refused: syntax"});
    EXPECT_EQ(decoded("2011-08-08 11:45:17;5 application=a event=e"),
              Results{"refused: bad_timestamp"});
    EXPECT_EQ(decoded("application=a event=e time=\"2011-08-08 11:45:17.5 +0000 UTC\""),
              Results{"2011-08-08T11:45:17.500000Z application=\"a\" event=\"e\""});
}

TEST(TextDecoder, ANumberThatIsAKeyIsNoTimestamp) {
    EXPECT_EQ(decoded("5=x application=a event=e"),
              Results{line(R"(application="a" event="e" analytics_prop__5="x")")});
}

TEST(TextDecoder, SyntaxComesBeforeAnImpossibleTime) {
    EXPECT_EQ(decoded("2011-02-30 application=a event"), Results{"refused: syntax"});
}

TEST(TextDecoder, RefusesWhatIsNoPair) {
    for (const char* packet :
         {"=x", "application=a event=e =x", "application=a event=e x", "a\"b=c",
          "application=a event=e x=\"", "application=a event=e x=\"\\\""}) {
        EXPECT_EQ(decoded(packet), Results{"refused: syntax"}) << packet;
    }
}

TEST(TextDecoder, ALastCarriageReturnWithoutALineFeedIsAByte) {
    EXPECT_EQ(decoded("application=a event=e\r\n"), Results{line(R"(application="a" event="e")")});
    EXPECT_EQ(decoded("application=a event=e\r"), Results{line(R"(application="a" event="e\r")")});
}

TEST(TextDecoder, ReadsEveryEscapeOfALine) {
    EXPECT_EQ(decoded(R"(application=a event=e x="\"\\\n\r\t\x00\x7f\xC2\x85")"),
              Results{line(
                  R"(application="a" event="e" analytics_prop__x="\"\\\n\r\t\x00\x7F\xC2\x85")")});
    EXPECT_EQ(
        decoded(R"(application=a event=e x="\q\x4\xg0\xC3\xA9")"),
        Results{line(
            "application=\"a\" event=\"e\" analytics_prop__x=\"\\\\q\\\\x4\\\\xg0\xC3\xA9\"")});
}

}  // namespace
}  // namespace eventfwd

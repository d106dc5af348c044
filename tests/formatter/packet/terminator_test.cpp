// What senders put around a packet that is not part of it.
#include <gtest/gtest.h>

#include "support/decoded.h"

namespace eventfwd {
namespace {

using namespace std::string_view_literals;
using test::decoded;
using test::line;
using Results = std::vector<std::string>;

const Results kOne{line(R"(application="a" event="e")")};
const Results kTwo{line(R"(application="a" event="e")"), line(R"(application="a" event="f")")};

TEST(Terminator, ANulAtTheEndIsNoPartOfThePacket) {
    EXPECT_EQ(decoded("{\"application\":\"a\",\"event\":\"e\"}\0"sv), kOne);
    EXPECT_EQ(decoded("application=a event=e\0"sv), kOne);
    EXPECT_EQ(decoded("application=a event=\"e\"\0"sv), kOne);
    EXPECT_EQ(decoded("[{\"application\":\"a\",\"event\":\"e\"}]\0"sv), kOne);
}

TEST(Terminator, SeveralNulsAndThoseAroundALineFeedAreNone) {
    EXPECT_EQ(decoded("application=a event=e\0\0\0\0"sv), kOne);
    EXPECT_EQ(decoded("application=a event=e\n\0"sv), kOne);
    EXPECT_EQ(decoded("application=a event=e\r\n\0"sv), kOne);
    EXPECT_EQ(decoded("application=a event=e\0\r\n\0\n"sv), kOne);
    EXPECT_EQ(decoded("{\"application\":\"a\",\"event\":\"e\"}\n\0\0"sv), kOne);
    EXPECT_EQ(decoded("{\"application\":\"a\",\"event\":\"e\"}\0\n"sv), kOne);
}

TEST(Terminator, NothingButTerminatorsIsEmpty) {
    for (const std::string_view packet :
         {"\0"sv, "\0\0"sv, "\n\0"sv, " \0\r\n"sv, "\xEF\xBB\xBF\0"sv}) {
        EXPECT_EQ(decoded(packet), Results{"refused: empty"});
    }
}

TEST(Terminator, ANulWithinThePacketIsAByteOfIt) {
    EXPECT_EQ(decoded("application=a event=e\0f"sv),
              Results{line(R"(application="a" event="e\x00f")")});
    EXPECT_EQ(decoded("application=a event=\"e\0\""sv),
              Results{line(R"(application="a" event="e\x00")")});
    EXPECT_EQ(decoded("{\"application\":\"a\",\0\"event\":\"e\"}"sv), Results{"refused: syntax"});
}

TEST(Terminator, LinesEndInLineFeedsOrInBothOrTheLastInNeither) {
    EXPECT_EQ(decoded("application=a event=e\r\n\r\n\napplication=a event=f"), kTwo);
    EXPECT_EQ(decoded("application=a event=e\napplication=a event=f\r\n"), kTwo);
    EXPECT_EQ(
        decoded(
            "{\"application\":\"a\",\"event\":\"e\"}\r{\"application\":\"a\",\"event\":\"f\"}\r"),
        kTwo);
    EXPECT_EQ(decoded("application=a event=e\r x=y"),
              Results{line(R"(application="a" event="e\r" analytics_prop__x="y")")});
}

TEST(Terminator, Utf16IsRefusedByItsName) {
    for (const std::string_view packet : {"\xFF\xFE{\0\"\0"sv, "\xFE\xFF\0{\0\""sv}) {
        const auto collector = test::collected(packet);
        EXPECT_EQ(collector.results, Results{"refused: syntax"});
        ASSERT_EQ(collector.faults.size(), 1U);
        EXPECT_TRUE(collector.faults[0].contains("UTF-16")) << collector.faults[0];
    }
}

TEST(Terminator, TheMarkOfUtf8IsSkipped) {
    EXPECT_EQ(decoded("\xEF\xBB\xBF{\"application\":\"a\",\"event\":\"e\"}\0"sv), kOne);
    EXPECT_EQ(decoded("\xEF\xBB\xBF application=a event=e"), kOne);
}

}  // namespace
}  // namespace eventfwd

#include "formatter/line/line_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core/text/utf8.h"
#include "formatter/line/line_parser.h"
#include "support/decoded.h"
#include "support/random_event.h"

namespace eventfwd {
namespace {

std::string rendered(const Event& event) {
    static LineBuffer lines;
    lines.clear();
    EXPECT_TRUE(lines.append(event));
    return std::string(lines.bytes().substr(0, lines.bytes().size() - 1));
}

bool same(const Event& a, const Event& b) {
    return a.timestamp == b.timestamp && a.application == b.application && a.event == b.event &&
           a.distinct_id == b.distinct_id && a.increment == b.increment &&
           std::ranges::equal(a.properties, b.properties);
}

TEST(Line, ParseOfRenderIsTheEventForArbitraryBytes) {
    const std::uint64_t seed = std::random_device{}();
    std::mt19937_64 random(seed);
    LineParser parser;
    for (int round = 0; round < 5000; ++round) {
        const test::OwnedEvent owned = test::random_event(random);
        const std::string line = rendered(owned.event);
        const auto parsed = parser.parse(line);
        ASSERT_TRUE(parsed) << "seed " << seed << ": " << line;
        ASSERT_TRUE(same(*parsed, owned.event)) << "seed " << seed << ": " << line;
        ASSERT_TRUE(is_valid_utf8(line));
        ASSERT_FALSE(line.contains('\n'));
    }
}

TEST(Line, ARenderedLineIsAPacketThatGivesTheSameLine) {
    const std::uint64_t seed = std::random_device{}();
    std::mt19937_64 random(seed);
    for (int round = 0; round < 2000; ++round) {
        const test::OwnedEvent owned = test::random_event(random);
        const std::string line = rendered(owned.event);
        ASSERT_EQ(test::decoded(line), std::vector{line}) << "seed " << seed;
    }
}

TEST(Line, OverItsLimitLeavesNoTrace) {
    LineBuffer lines;
    Event event;
    event.application = "a";
    event.event = "e";
    const std::string half(kLineBytesMax / 2, '\n');  // twice as long when escaped
    const Property property{"k", half};
    ASSERT_TRUE(lines.append(event));
    const std::string before(lines.bytes());
    event.properties = {&property, 1};
    EXPECT_EQ(lines.append(event).error(), Refusal::too_long);
    EXPECT_EQ(lines.bytes(), before);
    EXPECT_EQ(lines.count(), 1U);
}

TEST(Line, FitsExactlyAtItsLimit) {
    Event event;
    event.application = "a";
    event.event = "e";
    const std::size_t rest = rendered(event).size() + std::string(" analytics_prop__k=\"\"").size();
    const std::string value(kLineBytesMax - rest, 'x');
    const std::string over = value + "x";
    Property property{"k", value};
    event.properties = {&property, 1};
    EXPECT_EQ(rendered(event).size(), kLineBytesMax);
    property.value = over;
    EXPECT_FALSE(LineBuffer().append(event));
}

TEST(LineBuffer, HasRoomUntilALineOfAnySizeMightNotFit) {
    LineBuffer lines;
    Event event;
    event.application = "a";
    event.event = "e";
    const std::string value(60000, 'x');
    const Property property{"k", value};
    event.properties = {&property, 1};
    int count = 0;
    for (; lines.has_room(); ++count)
        ASSERT_TRUE(lines.append(event));
    EXPECT_EQ(count, 4);
    EXPECT_LE(lines.bytes().size(), LineBuffer::kBytesMax);
    lines.clear();
    EXPECT_TRUE(lines.empty());
    EXPECT_TRUE(lines.has_room());
}

TEST(LineParser, RefusesWhatWasNotRendered) {
    LineParser parser;
    const std::string good =
        R"(2011-08-08T11:45:17.735045Z application="a" event="e" analytics_prop__k="v")";
    ASSERT_TRUE(parser.parse(good));
    for (const char* bad :
         {"", "2011-08-08T11:45:17.735045Z", R"(2011-08-08T11:45:17.735045Z application="a")",
          R"(2011-08-08T11:45:17.735045Z event="e" application="a")",
          R"(2011-08-08T11:45:17.735045Z application="a"  event="e")",
          R"(2011-08-08T11:45:17.735045Z application="a" event="e" )",
          R"(2011-08-08T11:45:17.735045Z application="a" event="e)",
          R"(2011-08-08T11:45:17.735045Z application="a" event="\q")",
          R"(2011-08-08T11:45:17.735045Z application="a" event="e" k="v")",
          R"(2011-08-08T11:45:17.735045Z application="a" event="e" increment="x")",
          R"(2011-08-08T11:45:17.735045Z application="a" event="e" analytics_prop__="v")",
          R"(2011-08-08T11:45:17.735045Z application="a" event="e" analytics_prop__k-k="v")",
          R"(2011-08-08T11:45:17Z application="a" event="e")"}) {
        EXPECT_FALSE(parser.parse(bad)) << bad;
    }
}

TEST(LineParser, ReadsTheHeadAlone) {
    LineParser parser;
    const auto head =
        parser.parse_head(R"(2011-08-08T11:45:17.735045Z application="a\"b" event="e\\" broken)");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->application, "a\"b");
    EXPECT_EQ(head->event, "e\\");
}

}  // namespace
}  // namespace eventfwd

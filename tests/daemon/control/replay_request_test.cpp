#include "daemon/control/replay_request.h"

#include <gtest/gtest.h>

#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

class ReplayRequestTest : public test::JournalFixture<> {};

TEST_F(ReplayRequestTest, FindsARangeWithinWhatTheSinkHasHad) {
    open();
    append({"a", "b", "c"});
    ReplayRequest request{"s", 2, {}, {}, {}};
    EXPECT_EQ(find_range(request, *journal_, 3)->last, 3U);
    EXPECT_EQ(find_range(request, *journal_, 2)->last, 2U);
    request.to = 2;
    EXPECT_EQ(find_range(request, *journal_, 3)->last, 2U);
    request.from = 4;
    EXPECT_FALSE(find_range(request, *journal_, 3));
    EXPECT_FALSE(find_range({"s", 1, {}, {}, {}}, *journal_, 0));
}

TEST_F(ReplayRequestTest, ReadsNoNumberBelowZeroAndBoundsOneThatIsTooLarge) {
    EXPECT_FALSE(parse_replay_request("lines from 1 to -9"));
    open();
    append({"a", "b", "c"});
    const auto request = parse_replay_request("lines from 1 to 18446744073709551615");
    ASSERT_TRUE(request);
    EXPECT_EQ(find_range(*request, *journal_, 2)->last, 2U);
}

TEST_F(ReplayRequestTest, IsReadAsItIsWritten) {
    for (const char* text : {"lines from 1", "lines since 1312803917735045 until 1312803917735046",
                             "a-b from 7 to 9"}) {
        const auto request = parse_replay_request(text);
        ASSERT_TRUE(request) << text;
        EXPECT_EQ(to_text(*request), text);
    }
    for (const char* text : {"", "lines", "lines from", "lines from x", "lines to 3", "l at 3"}) {
        EXPECT_FALSE(parse_replay_request(text)) << text;
    }
}

}  // namespace
}  // namespace eventfwd

#include "daemon/deliver/settled_ahead.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

SettledAhead::Run run(std::uint64_t first, std::uint64_t last, std::uint64_t filtered = 0) {
    SettledAhead::Run run{{first, last}, Instant{std::chrono::microseconds(last)}, {}};
    run.counts.filtered = filtered;
    run.counts.delivered = last - first + 1 - filtered;
    return run;
}

TEST(SettledAhead, GivesEachRunWhereItBegins) {
    SettledAhead ahead;
    ahead.add(run(10, 19));
    ahead.add(run(30, 39));
    EXPECT_EQ(ahead.next(1), 10U);
    EXPECT_EQ(ahead.next(15), 15U);
    EXPECT_EQ(ahead.next(20), 30U);
    EXPECT_EQ(ahead.next(40), kSequenceMax);
    EXPECT_FALSE(ahead.take(9));
    EXPECT_EQ(ahead.take(10)->numbers.last, 19U);
    EXPECT_FALSE(ahead.take(10));
    EXPECT_EQ(ahead.next(1), 30U);
}

TEST(SettledAhead, JoinsRunsWithoutAGapBetween) {
    SettledAhead ahead;
    ahead.add(run(10, 19, 3));
    ahead.add(run(20, 29, 4));
    ASSERT_EQ(ahead.runs().size(), 1U);
    EXPECT_EQ(ahead.runs()[0].counts.filtered, 7U);
    EXPECT_EQ(ahead.runs()[0].counts.delivered, 13U);
    EXPECT_EQ(ahead.runs()[0].instant, Instant{std::chrono::microseconds(29)});
}

TEST(SettledAhead, IsReadAsItWasSaved) {
    SettledAhead ahead;
    ahead.add(run(10, 19, 3));
    ahead.add(run(30, 39));
    Record record;
    ahead.save(record);
    const SettledAhead read = SettledAhead::load(record, 5);
    ASSERT_EQ(read.runs().size(), 2U);
    EXPECT_EQ(read.runs()[0].numbers.first, 10U);
    EXPECT_EQ(read.runs()[0].numbers.last, 19U);
    EXPECT_EQ(read.runs()[0].counts.filtered, 3U);
    EXPECT_EQ(read.runs()[0].instant, Instant{std::chrono::microseconds(19)});
    EXPECT_EQ(read.runs()[1].counts.delivered, 10U);
}

// Twice is better than never: what makes no sense is sent again.
TEST(SettledAhead, IsNothingWhereWhatWasSavedDoesNotHoldTogether) {
    for (const char* text : {"", "x", "10 19 0 9", "19 10 0 10", "6 9 0 4", "10 19 0 10 1",
                             "18446744073709551615 3 0 0"}) {
        Record record;
        record.add("ahead", text);
        EXPECT_TRUE(SettledAhead::load(record, 5).runs().empty()) << text;
    }
    Record overlapping;
    overlapping.add("ahead", "10 19 0 10");
    overlapping.add("ahead", "15 24 0 10");
    EXPECT_TRUE(SettledAhead::load(overlapping, 5).runs().empty());
}

}  // namespace
}  // namespace eventfwd

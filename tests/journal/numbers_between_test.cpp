#include "journal/numbers_between.h"

#include <gtest/gtest.h>

#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

class NumbersBetween : public test::JournalFixture<> {
  protected:
    std::uint64_t since(Instant instant) {
        return first_number_in(*journal_, {.since = instant}).value();
    }
    std::uint64_t until(Instant instant) {
        return end_number_in(*journal_, {.until = instant}).value();
    }
};

TEST_F(NumbersBetween, FindsTheNumbersOfATime) {
    open();
    const Instant before = clock_.now();
    append({"a", "b"});
    clock_.advance(10s);
    append({"c"});
    EXPECT_EQ(since(before - 1h), 1U);
    EXPECT_EQ(since(before), 1U);
    EXPECT_EQ(since(before + 5s), 3U);
    EXPECT_EQ(since(before + 11s), 4U);
    EXPECT_EQ(until(before), 1U);
    EXPECT_EQ(until(before + 5s), 3U);
    EXPECT_EQ(until(before + 1h), 4U);
}

// Each event in a segment of its own, or all in one.
class NumbersOfAClockThatIsSet : public NumbersBetween,
                                 public testing::WithParamInterface<std::uint64_t> {
  protected:
    NumbersOfAClockThatIsSet() { options_.segment_bytes = GetParam(); }
};

TEST_P(NumbersOfAClockThatIsSet, FindsWhatWasJournaledBeforeItWasSetBack) {
    open();
    append({"old"});
    clock_.advance(1h);
    const Instant wanted = clock_.now();
    append({"a"});
    clock_.jump(-72h);
    append({"b"});
    append({"c"});
    clock_.jump(72h);
    append({"d"});
    for (const bool is_first_life : {true, false}) {
        EXPECT_EQ(since(wanted), 2U);
        EXPECT_EQ(until(wanted), 5U);
        EXPECT_EQ(until(wanted - 70h), 5U);
        EXPECT_EQ(end_number_in(*journal_, {wanted - 1h, wanted}).value(), 2U);
        if (is_first_life) crash();
        if (is_first_life) open();
    }
}

TEST_P(NumbersOfAClockThatIsSet, FindsWhatWasJournaledBehindAClockThatWasAhead) {
    open();
    append({"old"});
    clock_.advance(1h);
    const Instant wanted = clock_.now();
    clock_.jump(72h);
    append({"a"});
    append({"b"});
    clock_.jump(-72h);
    append({"c"});
    for (const bool is_first_life : {true, false}) {
        EXPECT_EQ(since(wanted), 2U);
        EXPECT_EQ(since(wanted + 71h), 2U);
        EXPECT_EQ(until(wanted + 1h), 5U);
        EXPECT_EQ(first_number_in(*journal_, {wanted, wanted + 1h}).value(), 4U);
        if (is_first_life) crash();
        if (is_first_life) open();
    }
}

INSTANTIATE_TEST_SUITE_P(Segments, NumbersOfAClockThatIsSet, testing::Values(100, 1 << 20));

}  // namespace
}  // namespace eventfwd

#include "daemon/deliver/batch_parts.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <string>

namespace eventfwd {
namespace {

using Strings = std::vector<std::string>;

// Ten lines "0" … "9" in two runs with a hole between their numbers.
class BatchPartsTest : public testing::Test {
  protected:
    BatchPartsTest() {
        batch_.runs = runs_;
        batch_.sources = runs_;
        batch_.count = 10;
    }

    // Sends to a destination that rejects the lines in BAD, and names the one it means if it NAMES
    // any. Which lines it took, in order.
    Strings deliver(const std::string& bad, bool names) {
        Strings taken;
        BatchParts parts(batch_);
        while (!parts.is_done()) {
            const Strings lines = lines_of(parts.current());
            EXPECT_LE(++requests_, 100);
            const auto culprit = std::ranges::find_if(
                lines, [&](const std::string& line) { return bad.contains(line); });
            if (culprit == lines.end()) {
                taken.insert(taken.end(), lines.begin(), lines.end());
                parts.apply(Outcome::delivered());
                continue;
            }
            std::optional<std::size_t> index;
            if (names) index = static_cast<std::size_t>(culprit - lines.begin());
            parts.apply(Outcome::reject("bad", "said so", index));
        }
        for (const RefusedLine& line : parts.refused())
            refused_ += std::to_string(line.index);
        EXPECT_EQ(parts.settled(), 10U);
        return taken;
    }

    static Strings lines_of(const Batch& batch) {
        Strings lines;
        LineWalk walk(batch.runs);
        for (std::size_t left = batch.count; left > 0; --left)
            lines.emplace_back(walk.next().substr(0, 1));
        return lines;
    }

    const std::vector<LineRun> runs_{{1, 4, "0\n1\n2\n3\n"}, {9, 6, "4\n5\n6\n7\n8\n9\n"}};
    Batch batch_;
    std::string refused_;
    int requests_ = 0;
};

TEST_F(BatchPartsTest, AreOneWhereNothingIsRejected) {
    EXPECT_EQ(deliver("", true).size(), 10U);
    EXPECT_EQ(requests_, 1);
}

TEST_F(BatchPartsTest, GoWithoutTheLineThatTheDestinationNames) {
    EXPECT_EQ(deliver("3", true), (Strings{"0", "1", "2", "4", "5", "6", "7", "8", "9"}));
    EXPECT_EQ(refused_, "3");
    EXPECT_EQ(requests_, 3);  // the whole, what is before, what is behind
}

TEST_F(BatchPartsTest, AreHalvedWhereItNamesNone) {
    EXPECT_EQ(deliver("7", false), (Strings{"0", "1", "2", "3", "4", "5", "6", "8", "9"}));
    EXPECT_EQ(refused_, "7");
}

TEST_F(BatchPartsTest, FindEveryBadLineAndTellOfThemInOrder) {
    for (const bool names : {true, false}) {
        refused_.clear();
        EXPECT_EQ(deliver("0459", names), (Strings{"1", "2", "3", "6", "7", "8"}));
        EXPECT_EQ(refused_, "0459");
    }
}

TEST_F(BatchPartsTest, EndWhereEverythingIsBad) {
    EXPECT_TRUE(deliver("0123456789", true).empty());
    EXPECT_EQ(refused_, "0123456789");
    EXPECT_EQ(requests_, 10);
}

TEST_F(BatchPartsTest, KeepTheNumbersOfTheirLines) {
    BatchParts parts(batch_);
    parts.apply(Outcome::reject("bad", "", 5));
    EXPECT_EQ(parts.current().count, 5U);
    parts.apply(Outcome::delivered());
    ASSERT_EQ(parts.current().runs.size(), 1U);
    EXPECT_EQ(parts.current().runs[0].first_sequence, 11U);
    EXPECT_EQ(parts.current().sources[0].lines, "6\n7\n8\n9\n");
}

TEST_F(BatchPartsTest, DoNotSendAgainWhatArrivedBeforeAFailure) {
    BatchParts parts(batch_);
    Outcome outcome = Outcome::try_again("reset");
    outcome.settled = 6;
    parts.apply(outcome);
    EXPECT_EQ(lines_of(parts.current()), (Strings{"6", "7", "8", "9"}));
    parts.apply(Outcome::try_again("nothing this time"));
    EXPECT_EQ(parts.current().count, 4U);
    outcome.settled = 4;
    parts.apply(outcome);
    EXPECT_TRUE(parts.is_done());
}

TEST_F(BatchPartsTest, TakeALineThatWasNotSentForNoneNamed) {
    BatchParts parts(batch_);
    parts.apply(Outcome::reject("bad", "", 10));
    EXPECT_EQ(parts.current().count, 5U);
    EXPECT_TRUE(parts.refused().empty());
}

TEST_F(BatchPartsTest, CountWhatASinkRefusedByItself) {
    BatchParts parts(batch_);
    parts.apply(Outcome::reject("bad", "", 1));
    parts.apply(Outcome::delivered());
    Outcome outcome = Outcome::delivered();
    outcome.refused.push_back({0, "too_large", ""});
    parts.apply(outcome);
    ASSERT_EQ(parts.refused().size(), 2U);
    EXPECT_EQ(parts.refused()[1].index, 2U);
}

}  // namespace
}  // namespace eventfwd

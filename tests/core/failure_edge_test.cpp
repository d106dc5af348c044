#include "core/failure_edge.h"

#include <gtest/gtest.h>

#include <vector>

namespace eventfwd {
namespace {

class FailureEdgeTest : public testing::Test {
  protected:
    void fail(const std::string& why) { note(failure(why)); }
    void succeed() { note({}); }
    void note(const Result<>& tried) {
        edge_.note(
            tried, [&](const Error& error) { notes_.push_back("began: " + error.message); },
            [&] { notes_.push_back("ended"); });
    }

    FailureEdge edge_;
    std::vector<std::string> notes_;
};

using Notes = std::vector<std::string>;

TEST_F(FailureEdgeTest, SaysNothingWhileAllIsWell) {
    succeed();
    succeed();
    EXPECT_FALSE(edge_.is_failing());
    EXPECT_EQ(notes_, Notes{});
}

TEST_F(FailureEdgeTest, TellsTheFirstFailureInARowAndItsEndOnceEach) {
    fail("full");
    fail("full");
    fail("gone");
    EXPECT_TRUE(edge_.is_failing());
    EXPECT_EQ(notes_, (Notes{"began: full"}));
    succeed();
    succeed();
    EXPECT_FALSE(edge_.is_failing());
    EXPECT_EQ(notes_, (Notes{"began: full", "ended"}));
}

TEST_F(FailureEdgeTest, TellsTheNextFailureAnew) {
    fail("full");
    succeed();
    fail("gone");
    EXPECT_EQ(notes_, (Notes{"began: full", "ended", "began: gone"}));
}

TEST_F(FailureEdgeTest, TellsTheNextFailureAnewBehindASuccessThatWasNotReported) {
    fail("full");
    edge_.clear();
    EXPECT_FALSE(edge_.is_failing());
    fail("gone");
    EXPECT_EQ(notes_, (Notes{"began: full", "began: gone"}));
}

TEST_F(FailureEdgeTest, NeedsNobodyWhoHearsOfTheEnd) {
    int began = 0;
    const auto count = [&](const Error&) { ++began; };
    edge_.note(failure("full"), count);
    edge_.note({}, count);
    edge_.note(failure("full"), count);
    EXPECT_EQ(began, 2);
}

}  // namespace
}  // namespace eventfwd

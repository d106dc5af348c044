#include "daemon/deliver/progress.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

Position step(std::uint64_t cursor, std::uint64_t delivered) {
    Position position;
    position.cursor = cursor;
    position.ledger.delivered = delivered;
    return position;
}

TEST(Progress, BecomesDurableByWholeSteps) {
    Progress progress;
    progress.begin(step(10, 10));
    progress.settle(step(12, 2), false);
    progress.settle(step(15, 3), false);
    EXPECT_EQ(progress.cursor(), 15U);
    EXPECT_EQ(progress.durable().cursor, 10U);
    progress.make_durable(14);
    EXPECT_EQ(progress.durable().cursor, 12U);
    EXPECT_EQ(progress.durable().ledger.delivered, 12U);
    progress.make_durable(15);
    EXPECT_EQ(progress.durable().cursor, 15U);
    EXPECT_EQ(progress.durable().ledger.delivered, 15U);
}

TEST(Progress, NeverGoesBackNorBeyondWhatIsSettled) {
    Progress progress;
    progress.begin(step(10, 0));
    progress.settle(step(12, 2), false);
    progress.make_durable(100);
    EXPECT_EQ(progress.durable().cursor, 12U);
    progress.make_durable(3);
    EXPECT_EQ(progress.durable().cursor, 12U);
}

TEST(Progress, MergesStepsOfWhichOnlyTheLastIsAskedFor) {
    Progress progress;
    progress.begin({});
    progress.settle(step(2, 2), true);
    progress.settle(step(5, 3), true);
    progress.make_durable(4);
    EXPECT_EQ(progress.durable().cursor, 0U);
    progress.make_durable(5);
    EXPECT_EQ(progress.durable().cursor, 5U);
    EXPECT_EQ(progress.durable().ledger.delivered, 5U);
}

}  // namespace
}  // namespace eventfwd

#include "daemon/deliver/retry_policy.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

constexpr RetryOptions kOptions{500ms, 60s};

TEST(RetryPolicy, GoesOnAfterWhatWasDelivered) {
    EXPECT_EQ(retry_policy(Outcome::delivered(), 1, 0.5, kOptions).what, Decision::Do::go_on);
}

TEST(RetryPolicy, GoesOnAfterWhatIsCutOutAndNotSentAgain) {
    EXPECT_EQ(retry_policy(Outcome::reject("x", "y"), 9, 0.5, kOptions).what, Decision::Do::go_on);
}

TEST(RetryPolicy, HoldsForAsLongAsItMay) {
    const Decision decision = retry_policy(Outcome::hold("x"), 1, 0.1, kOptions);
    EXPECT_EQ(decision.what, Decision::Do::wait_and_retry);
    EXPECT_EQ(decision.delay, 60s);
}

TEST(RetryPolicy, ObeysWhatTheDestinationAsksForWithinReason) {
    Outcome outcome = Outcome::try_again("busy");
    for (const auto& [asked, waited] :
         std::vector<std::pair<std::chrono::microseconds, std::chrono::microseconds>>{
             {0s, 1ms}, {2s, 2s}, {120s, 120s}, {24h, 1h}}) {
        outcome.after = asked;
        EXPECT_EQ(retry_policy(outcome, 9, 0.0, kOptions).delay, waited);
    }
}

TEST(RetryPolicy, WaitsExponentiallyUpToItsLimitForEver) {
    struct Row {
        std::uint64_t attempt;
        std::chrono::microseconds ceiling;
    };
    for (const Row& row :
         {Row{1, 500ms}, {2, 1s}, {3, 2s}, {7, 32s}, {8, 60s}, {9, 60s}, {1'000'000'000, 60s}}) {
        const Decision decision = retry_policy(Outcome::try_again("x"), row.attempt, 1.0, kOptions);
        EXPECT_EQ(decision.what, Decision::Do::wait_and_retry);
        EXPECT_EQ(decision.delay, row.ceiling) << row.attempt;
    }
}

TEST(RetryPolicy, SpreadsTheWaitingTimeOverAllOfIt) {
    EXPECT_EQ(retry_policy(Outcome::try_again("x"), 2, 0.25, kOptions).delay, 250ms);
    EXPECT_EQ(retry_policy(Outcome::try_again("x"), 2, 0.0, kOptions).delay, 1ms);
}

}  // namespace
}  // namespace eventfwd

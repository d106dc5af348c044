#include "daemon/service/failed_start.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

// Signals that came just before the wait begins are as good as those within it.
class FailedStart : public testing::Test {
  protected:
    FailedStart() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, &before_);
    }
    ~FailedStart() override { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    static AfterFailure wait_with(int signal) {
        ::raise(signal);
        return wait_after_failed_start(1h);
    }

  private:
    sigset_t before_;
};

TEST_F(FailedStart, IsTriedAgainAtAHangUp) {
    EXPECT_EQ(wait_with(SIGHUP), AfterFailure::try_again);
}

TEST_F(FailedStart, EndsWhenItIsTold) {
    EXPECT_EQ(wait_with(SIGTERM), AfterFailure::end);
    EXPECT_EQ(wait_with(SIGINT), AfterFailure::end);
}

TEST_F(FailedStart, IsGivenUpWhenTheTimeIsOver) {
    EXPECT_EQ(wait_after_failed_start(0s), AfterFailure::give_up);
}

}  // namespace
}  // namespace eventfwd

#include "journal/sync_signal.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/faulty_file_system.h"
#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

using SteadyClock = std::chrono::steady_clock;
using namespace std::chrono_literals;

TEST(SyncSignal, CallsBackWhenTheNumberIsReachedAndNotBefore) {
    SyncSignal signal;
    std::vector<int> called;
    signal.notify(5, [&] { called.push_back(5); });
    signal.notify(3, [&] { called.push_back(3); });
    signal.reach(2);
    EXPECT_TRUE(called.empty());
    signal.reach(3);
    EXPECT_EQ(called, (std::vector{3}));
    signal.reach(9);
    EXPECT_EQ(called, (std::vector{3, 5}));
    signal.reach(10);
    EXPECT_EQ(called.size(), 2U);
}

TEST(SyncSignal, CallsBackAtOnceWhatIsReachedAlready) {
    SyncSignal signal;
    signal.reach(7);
    bool is_called = false;
    const auto ticket = signal.notify(7, [&] { is_called = true; });
    EXPECT_TRUE(is_called);
    EXPECT_FALSE(signal.forget(ticket));
}

TEST(SyncSignal, NeverCallsBackWhatWasForgotten) {
    SyncSignal signal;
    const auto ticket = signal.notify(1, [] { FAIL(); });
    EXPECT_TRUE(signal.forget(ticket));
    EXPECT_FALSE(signal.forget(ticket));
    signal.reach(1);
}

TEST(SyncSignal, ACallbackMayWaitForTheNextNumber) {
    SyncSignal signal;
    int last = 0;
    signal.notify(1, [&] {
        last = 1;
        signal.notify(2, [&] { last = 2; });
    });
    signal.reach(1);
    EXPECT_EQ(last, 1);
    signal.reach(2);
    EXPECT_EQ(last, 2);
}

TEST(SyncSignal, SaysWhereASyncDoesNotComeInTime) {
    SyncSignal signal;
    EXPECT_FALSE(signal.wait(1, SteadyClock::now()));
    EXPECT_FALSE(signal.wait(1, SteadyClock::now() + 5ms));
    signal.reach(1);
    EXPECT_TRUE(signal.wait(1, SteadyClock::now()));
}

TEST(SyncSignal, NeverGoesBack) {
    SyncSignal signal;
    signal.reach(5);
    signal.reach(3);
    EXPECT_EQ(signal.reached(), 5U);
}

// Each of many threads waits for numbers of its own, in both ways, while one reaches them.
TEST(SyncSignal, WakesEveryoneWhoWaits) {
    constexpr std::uint64_t kLast = 2000;
    SyncSignal signal;
    std::atomic<std::uint64_t> asked_for = 0;
    std::atomic<int> called = 0, forgotten = 0;
    std::vector<std::jthread> waiters;
    for (int thread = 0; thread < 4; ++thread) {
        waiters.emplace_back([&, thread] {
            for (std::uint64_t number = 1; number <= kLast; ++number) {
                asked_for = std::max(asked_for.load(), number);
                const auto ticket = signal.notify(number, [&] { ++called; });
                if (thread == 0 && number % 3 == 0 && signal.forget(ticket)) ++forgotten;
                ASSERT_TRUE(signal.wait(number, SteadyClock::now() + 1min));
            }
        });
    }
    std::jthread syncer([&] {
        while (signal.reached() < kLast) {
            signal.reach(asked_for);
            std::this_thread::yield();
        }
    });
    waiters.clear();
    syncer.join();
    EXPECT_EQ(called + forgotten, 4 * static_cast<int>(kLast));
}

class JournalSyncSignal : public test::JournalFixture<test::FaultyFileSystem> {};

TEST_F(JournalSyncSignal, IsReachedByASyncAndOneServesAll) {
    open();
    const auto first = append({"a"});
    const auto second = append({"b", "c"});
    int called = 0;
    journal_->synced().notify(first.last, [&] { ++called; });
    journal_->synced().notify(second.last, [&] { ++called; });
    EXPECT_FALSE(journal_->synced().wait(first.last, SteadyClock::now()));
    ASSERT_TRUE(journal_->sync());
    EXPECT_EQ(called, 2);
    EXPECT_TRUE(journal_->synced().wait(second.last, SteadyClock::now()));
    EXPECT_FALSE(journal_->synced().wait(second.last + 1, SteadyClock::now()));
}

TEST_F(JournalSyncSignal, WakesAThreadThatWaits) {
    open();
    const auto range = append({"a"});
    bool is_synced = false;
    std::jthread waiter(
        [&] { is_synced = journal_->synced().wait(range.last, SteadyClock::now() + 1min); });
    ASSERT_TRUE(journal_->sync());
    waiter.join();
    EXPECT_TRUE(is_synced);
}

TEST_F(JournalSyncSignal, ASyncThatFailsIsNoSuccess) {
    open();
    const auto range = append({"a"});
    files_.fail_call(1, EIO, test::FaultyFileSystem::Fault::error_for_good);
    EXPECT_FALSE(journal_->sync());
    EXPECT_FALSE(journal_->synced().wait(range.last, SteadyClock::now()));
    files_.fail_call(0, 0);
    ASSERT_TRUE(journal_->sync());
    EXPECT_TRUE(journal_->synced().wait(range.last, SteadyClock::now()));
}

TEST_F(JournalSyncSignal, UnderNeverANumberCountsAsSoonAsItIsJournaled) {
    options_.sync.when = SyncPolicy::When::never;
    open();
    bool is_called = false;
    journal_->synced().notify(1, [&] { is_called = true; });
    append({"a"});
    EXPECT_TRUE(is_called);
    EXPECT_TRUE(journal_->synced().wait(1, SteadyClock::now()));
    append_blocks({{"b"}, {"c"}});
    EXPECT_TRUE(journal_->synced().wait(3, SteadyClock::now()));
    EXPECT_EQ(journal_->status().synced, 0U);
}

TEST_F(JournalSyncSignal, IsReachedWhereThePolicyBecomesNever) {
    open();
    append({"a"});
    options_.sync.when = SyncPolicy::When::never;
    journal_->change_options(options_);
    EXPECT_TRUE(journal_->synced().wait(1, SteadyClock::now()));
}

TEST_F(JournalSyncSignal, AStartHasReachedWhatItFound) {
    open();
    append({"a"});
    crash();
    open();
    EXPECT_TRUE(journal_->synced().wait(1, SteadyClock::now()));
}

}  // namespace
}  // namespace eventfwd

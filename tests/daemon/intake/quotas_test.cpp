#include "daemon/intake/quotas.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

constexpr uid_t kUser = 1000;

// How many of COUNT events at NOW are admitted.
int admitted(Quotas& quotas, int count, std::string_view application, uid_t uid,
             SteadyInstant now) {
    int sum = 0;
    for (int event = 0; event < count; ++event)
        sum += quotas.admits(application, uid, now) ? 1 : 0;
    return sum;
}

TEST(Quotas, AdmitEverythingWhereThereAreNone) {
    Quotas quotas({});
    EXPECT_EQ(admitted(quotas, 1000, "shop", kUser, SteadyInstant{}), 1000);
}

TEST(Quotas, AdmitABurstAndThenTheRate) {
    Quotas quotas({.application = {10, 30}, .uid = {}, .udp = {}});
    SteadyInstant now{1h};
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, now), 30);
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, now += 1s), 10);
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, now += 500ms), 5);
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, now += 1h), 30);
}

TEST(Quotas, ABurstThatIsNotGivenIsASecondOfTheRate) {
    Quotas quotas({.application = {10, 0}, .uid = {}, .udp = {}});
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, SteadyInstant{1h}), 10);
}

TEST(Quotas, OneApplicationTakesNothingFromAnother) {
    Quotas quotas({.application = {10, 10}, .uid = {}, .udp = {}});
    EXPECT_EQ(admitted(quotas, 100, "runaway", kUser, SteadyInstant{1h}), 10);
    EXPECT_EQ(admitted(quotas, 10, "shop", kUser, SteadyInstant{1h}), 10);
}

TEST(Quotas, OneUserTakesNothingFromAnotherNorFromUdp) {
    Quotas quotas({.application = {}, .uid = {10, 10}, .udp = {5, 5}});
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, SteadyInstant{1h}), 10);
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser + 1, SteadyInstant{1h}), 10);
    EXPECT_EQ(admitted(quotas, 100, "shop", Quotas::kNobody, SteadyInstant{1h}), 5);
}

TEST(Quotas, ARefusedEventCostsItsSenderNothing) {
    Quotas quotas({.application = {1, 1}, .uid = {10, 10}, .udp = {}});
    EXPECT_EQ(admitted(quotas, 100, "runaway", kUser, SteadyInstant{1h}), 1);
    int others = 0;
    for (int event = 0; event < 20; ++event)
        others += quotas.admits("app" + std::to_string(event), kUser, SteadyInstant{1h}) ? 1 : 0;
    EXPECT_EQ(others, 9);
}

TEST(Quotas, ATimeThatLiesBehindBringsNothingAndStopsNothing) {
    Quotas quotas({.application = {10, 10}, .uid = {}, .udp = {}});
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, SteadyInstant{2h}), 10);
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, SteadyInstant{1h}), 0);
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, SteadyInstant{2h + 1s}), 10);
}

TEST(Quotas, InterleavedTimesOfTwoSocketsDoNotBringTokensTwice) {
    Quotas quotas({.application = {100, 1}, .uid = {}, .udp = {}});
    int count = 0;
    for (int turn = 0; turn < 1000; ++turn) {
        count += admitted(quotas, 1, "shop", kUser, SteadyInstant{1h + 10ms});
        count += admitted(quotas, 1, "shop", kUser, SteadyInstant{1h});
    }
    EXPECT_LE(count, 2);
}

// As sockets behave whose queues were full while the daemon did not read: each has the same stretch
// of time in it.
TEST(Quotas, ABacklogAtEverySocketBringsItsTimeOnce) {
    Quotas quotas({.application = {100, 50}, .uid = {}, .udp = {}});
    int count = 0;
    for (int socket = 0; socket < 3; ++socket) {
        for (int event = 0; event < 10'000; ++event)
            count += admitted(quotas, 1, "shop", kUser, SteadyInstant{1h + event * 1ms});
    }
    EXPECT_LE(count, 50 + 10 * 100);
    EXPECT_GE(count, 10 * 100);
}

TEST(Quotas, HoldOverAllThreadsTogether) {
    Quotas quotas({.application = {1000, 100}, .uid = {5000, 100}, .udp = {}});
    std::atomic<int> count = 0;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (int event = 0; event < 20'000; ++event) {
                const SteadyInstant now{1h + thread * 2s + event * 100us};
                count += quotas.admits("shop", kUser, now) ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_LE(count, 100 + 8 * 1000);  // from the first one's begin to the last one's end
}

TEST(Quotas, AUserHoldsHisOverAllApplications) {
    Quotas quotas({.application = {}, .uid = {100, 10}, .udp = {}});
    int count = 0;
    for (int event = 0; event < 5000; ++event) {
        const std::string application = "app" + std::to_string(event % 7);
        count += admitted(quotas, 1, application, kUser, SteadyInstant{1h + event * 1ms});
    }
    EXPECT_GE(count, 5 * 100);
    EXPECT_LE(count, 10 + 5 * 100);
}

TEST(Quotas, ALongPauseBringsTheBurstAndNoMore) {
    Quotas quotas({.application = {100, 20}, .uid = {}, .udp = {}});
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, SteadyInstant{1h}), 20);
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, SteadyInstant{1000h}), 20);
}

// A batch holds 256 datagrams, each with its own time.
TEST(Quotas, ABurstSmallerThanABatchLetsTheRateThrough) {
    Quotas quotas({.application = {1000, 1}, .uid = {}, .udp = {}});
    int count = 0;
    for (int event = 0; event < 256; ++event)
        count += admitted(quotas, 1, "shop", kUser, SteadyInstant{1h + event * 2ms});
    EXPECT_EQ(count, 256);
}

TEST(Quotas, AChangeOfTheQuotaBringsNoTokens) {
    Quotas quotas({.application = {10, 10}, .uid = {10, 10}, .udp = {10, 10}});
    const SteadyInstant then{1h};
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, then), 10);
    EXPECT_EQ(admitted(quotas, 100, "web", Quotas::kNobody, then), 10);
    for (const std::uint64_t rate : {1000, 10, 2000}) {
        quotas.change_options(
            {.application = {rate, 5000}, .uid = {rate, 5000}, .udp = {rate, 5000}}, then);
        EXPECT_EQ(admitted(quotas, 100, "shop", kUser, then), 0);
        EXPECT_EQ(admitted(quotas, 100, "web", Quotas::kNobody, then), 0);
    }
    EXPECT_EQ(admitted(quotas, 5000, "shop", kUser, then + 1s), 2000);
}

TEST(Quotas, UpToAChangeTheOldRateFills) {
    Quotas quotas({.application = {10, 100}, .uid = {}, .udp = {}});
    EXPECT_EQ(admitted(quotas, 200, "shop", kUser, SteadyInstant{1h}), 100);
    quotas.change_options({.application = {1000, 1000}, .uid = {}, .udp = {}},
                          SteadyInstant{1h + 2s});
    EXPECT_EQ(admitted(quotas, 200, "shop", kUser, SteadyInstant{1h + 2s}), 20);
}

TEST(Quotas, ASmallerBurstHoldsAtOnce) {
    Quotas quotas({.application = {10, 100}, .uid = {}, .udp = {}});
    EXPECT_EQ(admitted(quotas, 20, "shop", kUser, SteadyInstant{1h}), 20);
    quotas.change_options({.application = {10, 5}, .uid = {}, .udp = {}}, SteadyInstant{1h});
    EXPECT_EQ(admitted(quotas, 20, "shop", kUser, SteadyInstant{1h}), 5);
}

TEST(Quotas, NamesThatAreMadeUpDoNotFillTheMemory) {
    Quotas quotas({.application = {10, 10}, .uid = {}, .udp = {}});
    for (int event = 0; event < 50'000; ++event)
        EXPECT_TRUE(quotas.admits("app" + std::to_string(event), kUser, SteadyInstant{1h}));
}

}  // namespace
}  // namespace eventfwd

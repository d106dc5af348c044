#include "daemon/intake/quotas.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

constexpr uid_t kUser = 1000;

// How many of COUNT events at NOW are admitted.
int admitted(Quotas& quotas, int count, std::string_view application, uid_t uid, Instant now) {
    int sum = 0;
    for (int event = 0; event < count; ++event)
        sum += quotas.admits(application, uid, now) ? 1 : 0;
    return sum;
}

TEST(Quotas, AdmitEverythingWhereThereAreNone) {
    Quotas quotas({});
    EXPECT_EQ(admitted(quotas, 1000, "shop", kUser, Instant{}), 1000);
}

TEST(Quotas, AdmitABurstAndThenTheRate) {
    Quotas quotas({.application = {10, 30}, .uid = {}, .udp = {}});
    Instant now{1h};
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, now), 30);
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, now += 1s), 10);
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, now += 500ms), 5);
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, now += 1h), 30);
}

TEST(Quotas, ABurstThatIsNotGivenIsASecondOfTheRate) {
    Quotas quotas({.application = {10, 0}, .uid = {}, .udp = {}});
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, Instant{1h}), 10);
}

TEST(Quotas, OneApplicationTakesNothingFromAnother) {
    Quotas quotas({.application = {10, 10}, .uid = {}, .udp = {}});
    EXPECT_EQ(admitted(quotas, 100, "runaway", kUser, Instant{1h}), 10);
    EXPECT_EQ(admitted(quotas, 10, "shop", kUser, Instant{1h}), 10);
}

TEST(Quotas, OneUserTakesNothingFromAnotherNorFromUdp) {
    Quotas quotas({.application = {}, .uid = {10, 10}, .udp = {5, 5}});
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, Instant{1h}), 10);
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser + 1, Instant{1h}), 10);
    EXPECT_EQ(admitted(quotas, 100, "shop", Quotas::kNobody, Instant{1h}), 5);
}

TEST(Quotas, ARefusedEventCostsItsSenderNothing) {
    Quotas quotas({.application = {1, 1}, .uid = {10, 10}, .udp = {}});
    EXPECT_EQ(admitted(quotas, 100, "runaway", kUser, Instant{1h}), 1);
    int others = 0;
    for (int event = 0; event < 20; ++event)
        others += quotas.admits("app" + std::to_string(event), kUser, Instant{1h}) ? 1 : 0;
    EXPECT_EQ(others, 9);
}

TEST(Quotas, AClockThatIsSetBackBringsNothingAndStopsNothing) {
    Quotas quotas({.application = {10, 10}, .uid = {}, .udp = {}});
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, Instant{2h}), 10);
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, Instant{1h}), 0);
    EXPECT_EQ(admitted(quotas, 100, "shop", kUser, Instant{1h + 1s}), 10);
}

TEST(Quotas, InterleavedTimesOfTwoSocketsDoNotBringTokensTwice) {
    Quotas quotas({.application = {100, 1}, .uid = {}, .udp = {}});
    int count = 0;
    for (int turn = 0; turn < 1000; ++turn) {
        count += admitted(quotas, 1, "shop", kUser, Instant{1h + 10ms});
        count += admitted(quotas, 1, "shop", kUser, Instant{1h});
    }
    EXPECT_LE(count, 2);
}

TEST(Quotas, NamesThatAreMadeUpDoNotFillTheMemory) {
    Quotas quotas({.application = {10, 10}, .uid = {}, .udp = {}});
    for (int event = 0; event < 50'000; ++event)
        EXPECT_TRUE(quotas.admits("app" + std::to_string(event), kUser, Instant{1h}));
}

}  // namespace
}  // namespace eventfwd

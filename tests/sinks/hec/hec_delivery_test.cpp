// What arrives at a HEC and in what form, and what becomes of what it refuses.
#include <gmock/gmock.h>

#include <random>

#include "sinks/hec/hec_delivery_fixture.h"
#include "support/dice.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::HecAct;
using test::HecDelivery;
using test::HecServer;
using test::kBusy;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kBusyAtThree = R"({"text":"Server is busy","code":9,"invalid-event-number":3})";
const std::string kForbidden = R"({"text":"Token disabled","code":1})";
const std::string kHtml = "<html><body>502 Bad Gateway</body></html>";

TEST_F(HecDelivery, EveryEventArrivesOnceWithItsId) {
    const HecServer server;
    deliver(server, 95);
    EXPECT_THAT(server.events(), SizeIs(95));
    EXPECT_EQ(status_.ledger.in_doubt, 0U);
    EXPECT_EQ(notes_.all(), "");
    EXPECT_LE(server.connections(), hec_.connections);
    const test::HecSeen seen = server.requests().front();
    EXPECT_EQ(seen.header("Authorization"), "Splunk secret");
    EXPECT_EQ(seen.header("Content-Encoding"), "gzip");
    EXPECT_THAT(seen.header("X-Splunk-Request-Channel"),
                testing::MatchesRegex("[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-"
                                      "[0-9A-F]{12}"));
}

TEST_F(HecDelivery, WithoutGzipToo) {
    const HecServer server;
    hec_.is_gzip = false;
    deliver(server, 30);
    EXPECT_THAT(server.events(), SizeIs(30));
    EXPECT_EQ(server.requests().front().header("Content-Encoding"), "");
}

TEST_F(HecDelivery, RawIsTheLinesThemselves) {
    const HecServer server;
    hec_.envelope.endpoint = HecEndpoint::raw;
    hec_.envelope.host = "web 1";
    hec_.connections = 1;
    deliver(server, 25);
    std::vector<std::string> expected;
    for (int number = 1; number <= 25; ++number)
        expected.push_back(line(number));
    EXPECT_EQ(server.lines(), expected);
    const test::HecSeen seen = server.requests().front();
    EXPECT_EQ(seen.target,
              "/services/collector/raw?channel=" + seen.header("X-Splunk-Request-Channel") +
                  "&host=web%201&source=eventfwd&sourcetype=eventfwd");
}

TEST_F(HecDelivery, ABusyServerGetsItAgain) {
    HecServer server;
    server.next({HecAct::refuse(503, kBusy), HecAct::refuse(503, kBusy)});
    deliver(server, 10);
    EXPECT_EQ(status_.ledger.in_doubt, 0U);
    EXPECT_THAT(notes_.all(), AllOf(HasSubstr(server.url() + ": Server is busy (code 9, HTTP 503)"),
                                    HasSubstr("recovered")));
}

TEST_F(HecDelivery, ABusyServerThatTookTheBeginningMayHaveItTwice) {
    HecServer server;
    HecAct busy = HecAct::refuse(503, kBusyAtThree);
    busy.takes = 3;
    server.next({busy});
    deliver(server, 10);
    EXPECT_THAT(server.events(), SizeIs(13));
    EXPECT_EQ(status_.ledger.in_doubt, 3U);
}

TEST_F(HecDelivery, TheEventThatIsNamedGoesToTheDeadLetters) {
    HecServer server;
    server.refuse_containing("n=\"4\"", 6, true);
    server.refuse_containing("n=\"17\"", 12, true);
    deliver(server, 20);
    EXPECT_THAT(server.events(), SizeIs(18));
    ASSERT_THAT(letters(), SizeIs(2));
    const std::string both = letters()[0] + letters()[1];
    EXPECT_THAT(both, AllOf(HasSubstr(R"-("hec_6","text":"Refused by a rule (code 6, HTTP 400)")-"),
                            HasSubstr("hec_12")));
    EXPECT_EQ(status_.ledger.dead_lettered, 2U);
}

TEST_F(HecDelivery, WhereItIsNotNamedTheBatchIsHalvedUntilItIsFound) {
    HecServer server;
    server.refuse_containing("n=\"4\"", 6, false);
    server.refuse_containing("n=\"7\"", 6, false);
    deliver(server, 10);
    EXPECT_THAT(server.events(), SizeIs(8));
    EXPECT_THAT(letters(), SizeIs(2));
}

TEST_F(HecDelivery, WhatWasTakenBeforeARefusedEventIsCountedAsInDoubt) {
    HecServer server;
    server.refuse_containing("n=\"4\"", 6, true, true);
    deliver(server, 10);
    EXPECT_THAT(server.events(), SizeIs(12));  // one to three came twice
    EXPECT_EQ(status_.ledger.in_doubt, 3U);
}

TEST_F(HecDelivery, ABodyThatIsTooLargeIsHalvedAndALineThatIsItRefused) {
    HecServer server;
    server.limit_body(1000);
    open();
    append_events(9);
    append({line(++appended_) + " analytics_prop__more=\"" + std::string(2000, 'x') + "\""});
    start({&server});
    finish();
    EXPECT_THAT(server.events(), SizeIs(9));
    ASSERT_THAT(letters(), SizeIs(1));
    EXPECT_THAT(letters()[0], HasSubstr("too_large"));
}

TEST_F(HecDelivery, ObeysRetryAfter) {
    HecServer server;
    server.next(
        {HecAct::refuse(429, R"({"text":"Queue at capacity","code":26})", "Retry-After: 1\r\n")});
    const auto begin = std::chrono::steady_clock::now();
    open();
    append_events(10);
    start({&server});
    ASSERT_TRUE(eventually([&] { return courier_->status().cursor == 10; }));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 1s);
    EXPECT_THAT(server.requests(), SizeIs(2));
    finish();
}

TEST_F(HecDelivery, HoldsWhileTheTokenIsForbiddenAndGoesOnWhenItIsNot) {
    HecServer server;
    server.always(HecAct::refuse(403, kForbidden));
    open();
    append_events(20);
    start({&server});
    ASSERT_TRUE(eventually([&] { return server.requests().size() > 4; }));
    EXPECT_EQ(courier_->status().state, SinkState::held);
    EXPECT_EQ(courier_->status().cursor, 0U);
    server.always({});
    finish();
    EXPECT_EQ(status_.cursor, 20U);
    EXPECT_THAT(notes_.all(), AllOf(HasSubstr("held: "), HasSubstr("Token disabled (code 1")));
}

TEST_F(HecDelivery, AReloadWakesOneThatIsHeld) {
    HecServer server;
    server.always(HecAct::refuse(403, kForbidden));
    courier_options_.retry = {1h, 1h};
    open();
    append_events(20);
    start({&server});
    ASSERT_TRUE(eventually([&] { return courier_->status().state == SinkState::held; }));
    server.always({});
    courier_->reopen();
    EXPECT_TRUE(eventually([&] { return courier_->status().cursor == 20; }));
    finish();
}

TEST_F(HecDelivery, ReadsANewTokenWhenTheOldOneIsForbidden) {
    HecServer server;
    server.want_token("fresh");
    courier_options_.retry = {1h, 1h};  // it is not the courier who tries again
    open();
    write_token("old");
    hec_.connections = 1;
    start({&server});
    write_token("fresh");
    append_events(10);
    ASSERT_TRUE(eventually([&] { return courier_->status().cursor == 10; }));
    EXPECT_THAT(notes_.all(), IsEmpty());
    finish();
}

TEST_F(HecDelivery, HoldsUntilThereIsAToken) {
    const HecServer server;
    std::filesystem::remove(directory_ / "token");
    open();
    append_events(3);
    start({&server});
    ASSERT_TRUE(eventually([&] { return courier_->status().state == SinkState::held; }));
    EXPECT_THAT(courier_->status().last_error, HasSubstr("No such file"));
    write_token("here");
    finish();
    EXPECT_EQ(status_.cursor, 3U);
}

TEST_F(HecDelivery, AProxysWordsAreNotSplunks) {
    HecServer server;
    server.next({HecAct::refuse(200, kHtml), HecAct::refuse(404, kHtml), HecAct::refuse(502, kHtml),
                 HecAct::refuse(400, kHtml), HecAct::refuse(302, "", "Location: /login\r\n")});
    deliver(server, 10);
    EXPECT_THAT(server.events(), SizeIs(10));
    EXPECT_THAT(letters(), IsEmpty());
}

TEST_F(HecDelivery, AnAnswerThatNeverEndsIsNone) {
    HecServer server;
    hec_.timeout = 200ms;
    HecAct pour = HecAct::lose_and(Then::pour);
    pour.status = 503;
    server.next({pour, HecAct::lose_and(Then::drip), HecAct::lose_and(Then::say_nothing),
                 HecAct::take_and(Then::pour)});
    deliver(server, 10);
    EXPECT_GE(status_.ledger.in_doubt, 20U);
}

TEST_F(HecDelivery, AnAnswerThatIsCutIsNone) {
    HecServer server;
    server.next({HecAct::take_and(Then::cut)});
    deliver(server, 10);
    EXPECT_THAT(server.events(), SizeIs(20));
    EXPECT_EQ(status_.ledger.in_doubt, 10U);
}

TEST_F(HecDelivery, WhateverHappensNothingIsLost) {
    const auto seed = static_cast<std::uint64_t>(std::random_device{}());
    SCOPED_TRACE("seed " + std::to_string(seed));
    test::Dice dice(seed);
    HecServer one;
    HecServer two;
    hec_.timeout = 100ms;
    open();
    start({&one, &two});
    for (int round = 0; round < 60; ++round) {
        HecServer& server = dice.one_in(2) ? one : two;
        const std::vector<HecAct> acts{HecAct::refuse(503, kBusy),
                                       HecAct::refuse(503, kBusyAtThree),
                                       HecAct::refuse(404, kHtml),
                                       HecAct::refuse(401, kForbidden),
                                       HecAct::lose_and(Then::reset),
                                       HecAct::take_and(Then::reset),
                                       HecAct::lose_and(Then::reset_at_once),
                                       HecAct::take_and(Then::cut),
                                       HecAct::take_and(Then::say_nothing),
                                       HecAct::take_and(Then::answer_and_vanish),
                                       HecAct::take_and(Then::pour)};
        server.next({acts[dice.below(acts.size())]});
        append_events(static_cast<int>(dice.between(1, 60)));
    }
    finish();
    EXPECT_EQ(status_.cursor, static_cast<std::uint64_t>(appended_));
}

}  // namespace
}  // namespace eventfwd

// Connections to a HEC: broken and old ones, to several servers, and over TLS.
#include <gmock/gmock.h>

#include "sinks/hec/hec_delivery_fixture.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::HecAct;
using test::HecDelivery;
using test::HecServer;
using test::kBusy;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(HecDelivery, AConnectionThatBreaksBehindTheRequestLeavesItInDoubt) {
    HecServer server;
    server.next({HecAct::take_and(Then::reset), HecAct::lose_and(Then::reset)});
    deliver(server, 10);
    EXPECT_THAT(server.events(), SizeIs(20));
    EXPECT_EQ(status_.ledger.in_doubt, 20U);
}

TEST_F(HecDelivery, AConnectionThatBreaksWithinTheRequestDoesNot) {
    HecServer server;
    server.next({HecAct::lose_and(Then::reset_at_once)});
    deliver_more_than_a_socket_holds(server);
    EXPECT_EQ(status_.ledger.in_doubt, 0U);
}

TEST_F(HecDelivery, ASuccessThatComesBeforeTheRequestIsOutIsNone) {
    HecServer server;
    server.next({HecAct::lose_and(Then::answer_at_once)});
    deliver_more_than_a_socket_holds(server);
}

TEST_F(HecDelivery, AConnectionThatTheServerClosedMeanwhileIsNoTrouble) {
    HecServer server;
    deliver_while_it_vanishes(server);
    EXPECT_EQ(server.connections(), 5U);
}

TEST_F(HecDelivery, AnOldConnectionThatBreaksIsTriedOnceMoreAtOnce) {
    HecServer server;
    hec_.connections = 1;
    server.next({HecAct::take_and(Then::answer), HecAct::lose_and(Then::reset)});
    deliver(server, 20);
    EXPECT_EQ(notes_.all(), "");
    EXPECT_EQ(status_.ledger.retries, 0U);
    EXPECT_EQ(status_.ledger.in_doubt, 10U);  // it cannot be known
}

TEST_F(HecDelivery, AServerThatIsDownGetsAllWhenItIsBack) {
    auto server = std::make_unique<HecServer>();
    const std::uint16_t port = server->port();
    server.reset();
    open();
    append_events(50);
    start_at({"http://127.0.0.1:" + std::to_string(port)});
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.retries > 5; }));
    EXPECT_THAT(courier_->status().last_error, HasSubstr("connect: Connection refused"));
    const HecServer back({port, "", ""});
    servers_ = {&back};
    finish();
    EXPECT_EQ(status_.cursor, 50U);
    EXPECT_THAT(back.events(), SizeIs(50));
    EXPECT_EQ(status_.ledger.in_doubt, 0U);
}

TEST_F(HecDelivery, OldConnectionsAreOpenedAnew) {
    const HecServer server;
    hec_.age_max = 0us;
    hec_.connections = 1;
    deliver(server, 50);
    EXPECT_EQ(server.connections(), 5U);
    EXPECT_EQ(notes_.all(), "");
}

TEST_F(HecDelivery, ABalancersCookieComesBack) {
    HecServer server;
    server.set_cookie("SERVERID=indexer-2");
    hec_.connections = 1;
    deliver(server, 20);
    EXPECT_EQ(server.requests()[0].header("Cookie"), "");
    EXPECT_EQ(server.requests()[1].header("Cookie"), "SERVERID=indexer-2");
}

TEST_F(HecDelivery, TwoServersShareTheWork) {
    const HecServer one;
    const HecServer two;
    open();
    append_events(200);
    start({&one, &two});
    finish();
    EXPECT_EQ(one.events().size() + two.events().size(), 200U);
    EXPECT_THAT(one.events(), testing::Not(IsEmpty()));
    EXPECT_THAT(two.events(), testing::Not(IsEmpty()));
}

TEST_F(HecDelivery, AServerThatIsDownIsNoTroubleWhileAnotherIsWell) {
    auto gone = std::make_unique<HecServer>();
    const std::string url = gone->url();
    gone.reset();
    const HecServer well;
    servers_ = {&well};
    open();
    append_events(200);
    start_at({url, well.url()});
    ASSERT_TRUE(eventually([&] { return courier_->status().cursor == 200; }));
    finish();
    EXPECT_THAT(well.events(), SizeIs(200));
    EXPECT_EQ(notes_.all(), "a URL rests: connect: Connection refused\n");
}

TEST_F(HecDelivery, AServerThatIsBusyRestsWhileAnotherIsWell) {
    HecServer busy;
    const HecServer well;
    busy.always(HecAct::refuse(503, kBusy));
    hec_.backoff_initial = hec_.backoff_max = 1h;
    open();
    append_events(200);
    start({&busy, &well});
    finish();
    EXPECT_EQ(status_.cursor, 200U);
    EXPECT_LE(busy.requests().size(), hec_.connections);
    EXPECT_EQ(status_.ledger.retries, 0U);
    EXPECT_EQ(notes_.all(), "a URL rests: Server is busy (code 9, HTTP 503)\n");
}

TEST_F(HecDelivery, AServerThatAsksForAnHourOrForbidsStopsNobodyElse) {
    HecServer slow;
    HecServer forbidding;
    const HecServer well;
    slow.always(HecAct::refuse(503, kBusy, "Retry-After: 3600\r\n"));
    forbidding.always(HecAct::refuse(403, R"({"text":"Invalid token","code":4})"));
    courier_options_.retry = {1h, 1h};
    open();
    append_events(200);
    start({&slow, &forbidding, &well});
    finish();
    EXPECT_EQ(status_.cursor, 200U);
    EXPECT_EQ(status_.ledger.retries, 0U);
    EXPECT_THAT(slow.requests(), SizeIs(testing::Le(hec_.connections)));
}

TEST_F(HecDelivery, WhatBreaksAtOneServerAndArrivesAtAnotherIsInDoubt) {
    auto breaking = std::make_unique<HecServer>();
    const HecServer well;
    breaking->always(HecAct::take_and(Then::reset));
    hec_.backoff_initial = hec_.backoff_max = 1h;
    open();
    append_events(10);
    start({breaking.get(), &well});
    finish();
    EXPECT_EQ(status_.ledger.in_doubt, 10U);
    EXPECT_EQ(status_.ledger.delivered, 10U);
}

TEST_F(HecDelivery, EndsAtItsDeadlineWhateverItWaitsFor) {
    HecServer server;
    hec_.timeout = 1h;
    server.always(HecAct::lose_and(Then::say_nothing));
    open();
    append_events(10);
    start({&server});
    ASSERT_TRUE(eventually([&] { return server.requests().size() == 1; }));
    const auto begin = std::chrono::steady_clock::now();
    finish(10ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
    EXPECT_EQ(status_.cursor, 0U);
    EXPECT_EQ(status_.ledger.in_doubt, 10U);
}

TEST_F(HecDelivery, OverTls) {
    const HecServer server(tls_server("DNS:localhost"));
    deliver(server, 100);
    EXPECT_THAT(server.events(), SizeIs(100));
    EXPECT_EQ(notes_.all(), "");
    EXPECT_LE(server.connections(), hec_.connections);
}

TEST_F(HecDelivery, ATlsPeerThatVanishesWithoutAWordIsNoTrouble) {
    HecServer server(tls_server("DNS:localhost"));
    deliver_while_it_vanishes(server);
}

TEST_F(HecDelivery, ATlsAnswerThatIsCutIsNone) {
    HecServer server(tls_server("DNS:localhost"));
    server.next({HecAct::take_and(Then::cut), HecAct::take_and(Then::reset)});
    deliver(server, 10);
    EXPECT_EQ(status_.ledger.in_doubt, 20U);
}

// A server that is not who it says it is gets nothing until a person has looked.
TEST_F(HecDelivery, HoldsBeforeACertificateThatIsNotGood) {
    struct Case {
        test::HecServerOptions server;
        const char* why;
    };
    for (const Case& each : {Case{tls_server("DNS:elsewhere.example"), "mismatch"},
                             Case{tls_server("DNS:localhost", 0), "expired"}}) {
        const HecServer server(each.server);
        open();
        append_events(1);
        start({&server});
        ASSERT_TRUE(eventually([&] { return courier_->status().state == SinkState::held; }));
        EXPECT_THAT(courier_->status().last_error, HasSubstr(each.why));
        finish(10ms);
        EXPECT_THAT(server.requests(), IsEmpty());
        EXPECT_EQ(status_.cursor, 0U);
        crash();
    }
}

TEST_F(HecDelivery, HoldsBeforeAnAuthorityThatItDoesNotKnow) {
    const HecServer server(tls_server("DNS:localhost"));
    hec_.tls.ca = "";
    open();
    append_events(1);
    start({&server});
    ASSERT_TRUE(eventually([&] { return courier_->status().state == SinkState::held; }));
    finish(10ms);
    EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(HecDelivery, ShowsItsOwnCertificateWhereThatIsAskedFor) {
    test::HecServerOptions options = tls_server("DNS:localhost");
    options.client_ca = authority_.file();
    const HecServer server(options);
    open();
    append_events(5);
    start({&server});
    // The word of it can be lost to the reset behind it; then it is heard the next time.
    ASSERT_TRUE(eventually([&] {
        const CourierStatus status = courier_->status();
        return status.state == SinkState::held &&
               status.last_error.contains("certificate required");
    }));
    finish(10ms);
    EXPECT_EQ(status_.cursor, 0U);
    hec_.tls.certificate = authority_.issue("client.pem", "DNS:client");
    start({&server});
    finish();
    EXPECT_EQ(status_.cursor, 5U);
}

TEST_F(HecDelivery, AServerThatHangsTakesNothingOffAnother) {
    HecServer hung;
    const HecServer well;
    hung.always(HecAct::lose_and(Then::say_nothing));
    open();
    append_events(1000);
    start({&hung, &well});
    const std::size_t stuck = hec_.connections * courier_options_.batch.count_max;
    ASSERT_TRUE(eventually([&] { return well.events().size() >= 1000 - stuck; }));
    EXPECT_TRUE(eventually([&] { return courier_->status().pending(1000) <= stuck; }));
    finish(0ms);
}

TEST_F(HecDelivery, AServerThatNeverAcknowledgesTakesNothingOffAnother) {
    HecServer silent;
    HecServer well;
    silent.acknowledge_after(SIZE_MAX);
    well.acknowledge_after(1);
    hec_.acknowledgements = true;
    hec_.connections = 1;
    open();
    append_events(2000);
    start({&silent, &well});
    const std::size_t stuck = 8 * courier_options_.batch.count_max;
    EXPECT_TRUE(eventually([&] { return well.events().size() >= 2000 - stuck; }));
    EXPECT_LE(silent.events().size(), stuck);
    finish(0ms);
}

TEST_F(HecDelivery, AUrlThatDoesNotAcknowledgeInTimeIsBackedOff) {
    HecServer silent;
    HecServer well;
    silent.acknowledge_after(SIZE_MAX);
    well.acknowledge_after(0);
    hec_.acknowledgements = true;
    hec_.ack_timeout = 200ms;
    hec_.backoff_initial = hec_.backoff_max = 1h;
    open();
    append_events(200);
    start({&silent, &well});
    finish();
    EXPECT_EQ(status_.cursor, 200U);
    EXPECT_EQ(status_.ledger.in_doubt, silent.events().size());
    EXPECT_THAT(notes_.all(), HasSubstr("a URL rests: not acknowledged in time"));
}

// JSON is whole where its last brace is.
TEST_F(HecDelivery, AnAnswerThatEndsWithItsConnectionIsOne) {
    HecServer server;
    server.next({HecAct::take_and(Then::answer_until_end)});
    deliver(server, 10);
    EXPECT_EQ(status_.ledger.in_doubt, 0U);
    EXPECT_THAT(server.events(), SizeIs(10));
}

TEST_F(HecDelivery, AnAnswerThatEndsWithATlsPeerThatVanishesIsOne) {
    HecServer server(tls_server("DNS:localhost"));
    server.next({HecAct::take_and(Then::answer_until_end)});
    deliver(server, 10);
    EXPECT_EQ(status_.ledger.in_doubt, 0U);
    EXPECT_THAT(server.events(), SizeIs(10));
}

TEST_F(HecDelivery, ASuccessThatIsNoneOfSplunksIsInDoubtEachTimeItComes) {
    HecServer server;
    const auto unlike = [](unsigned status, const std::string& body) {
        HecAct act = HecAct::refuse(status, body);
        act.takes = SIZE_MAX;
        return act;
    };
    server.next({unlike(200, "<html>Welcome</html>"), unlike(204, " "), unlike(200, "{}"),
                 unlike(203, R"({"text":"Success","code":0})"), unlike(200, R"({"code":17})"),
                 unlike(400, R"({"text":"Success","code":0})"), unlike(524, "<html></html>"),
                 unlike(202, R"({"text":"Success","code":"0"})")});
    deliver(server, 10);
    EXPECT_THAT(server.events(), SizeIs(80));
    EXPECT_EQ(status_.ledger.in_doubt, 70U);
}

}  // namespace
}  // namespace eventfwd

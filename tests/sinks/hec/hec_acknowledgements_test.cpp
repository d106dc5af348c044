// A HEC with acknowledgements: a batch is delivered when the indexers say so, and not before.
#include <gmock/gmock.h>

#include "sinks/hec/hec_delivery_fixture.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::HecDelivery;
using test::HecServer;
using testing::HasSubstr;
using testing::SizeIs;

TEST_F(HecDelivery, WaitsForAcknowledgements) {
    HecServer server;
    server.acknowledge_after(2);
    hec_.acknowledgements = true;
    deliver(server, 200);
    EXPECT_THAT(server.events(), SizeIs(200));
    EXPECT_EQ(notes_.all(), "");
    const test::HecSeen question = server.questions().front();
    EXPECT_EQ(question.target,
              "/services/collector/ack?channel=" + question.header("X-Splunk-Request-Channel"));
}

TEST_F(HecDelivery, ABatchThatWaitsForItsAcknowledgementTakesNoConnection) {
    HecServer server;
    server.acknowledge_after(SIZE_MAX);
    hec_.acknowledgements = true;
    hec_.connections = 1;
    open();
    append_events(60);
    start({&server});
    ASSERT_TRUE(eventually([&] { return server.requests().size() == 6; }));
    EXPECT_EQ(courier_->status().cursor, 0U);
    server.acknowledge_after(0);
    finish();
    EXPECT_EQ(status_.cursor, 60U);
    EXPECT_EQ(server.connections(), 1U);
}

TEST_F(HecDelivery, AnOldConnectionThatWaitsForAcknowledgementsGetsNoMoreBatches) {
    HecServer server;
    server.acknowledge_after(1'000'000);
    hec_.acknowledgements = true;
    hec_.age_max = 1us;
    open();
    start({&server});
    for (std::size_t batch = 1; batch <= 2; ++batch) {
        append_events(1);
        ASSERT_TRUE(eventually([&] { return server.requests().size() == batch; }));
    }
    EXPECT_EQ(server.connections(), 2U);
    server.acknowledge_after(0);
    finish();
}

TEST_F(HecDelivery, WhatIsNeverAcknowledgedIsInDoubtAndSentAgain) {
    HecServer server;
    server.acknowledge_after(SIZE_MAX);
    hec_.acknowledgements = true;
    hec_.ack_timeout = 30ms;
    open();
    append_events(10);
    start({&server});
    ASSERT_TRUE(eventually([&] { return server.requests().size() >= 3; }));
    server.acknowledge_after(0);
    finish();
    EXPECT_EQ(status_.cursor, 10U);
    EXPECT_GE(status_.ledger.in_doubt, 20U);
    EXPECT_THAT(notes_.all(), HasSubstr("not acknowledged in time"));
}

TEST_F(HecDelivery, AnotherBackendsAcknowledgementIsNotTakenForOurs) {
    HecServer server;
    server.acknowledge_after(SIZE_MAX);
    hec_.acknowledgements = true;
    hec_.connections = 1;
    open();
    append_events(10);
    start({&server});
    ASSERT_TRUE(eventually([&] { return server.questions().size() > 2; }));
    server.forget_acks();  // what stands behind the balancer now counts from zero
    server.acknowledge_after(0);
    append_events(10);
    finish();
    EXPECT_EQ(status_.cursor, 20U);
    EXPECT_GE(status_.ledger.in_doubt, 10U);
    EXPECT_THAT(notes_.all(), HasSubstr("its channel began anew"));
}

TEST_F(HecDelivery, ATokenThatDoesNotAcknowledgeIsHeld) {
    HecServer server;
    hec_.acknowledgements = true;
    open();
    append_events(10);
    start({&server});
    ASSERT_TRUE(eventually([&] { return courier_->status().state == SinkState::held; }));
    server.acknowledge_after(0);
    finish();
    EXPECT_EQ(status_.cursor, 10U);
    EXPECT_THAT(notes_.all(), HasSubstr("useACK is off"));
}

TEST_F(HecDelivery, EndsAtItsDeadlineWhileItWaitsForAcknowledgements) {
    HecServer server;
    server.acknowledge_after(SIZE_MAX);
    hec_.acknowledgements = true;
    hec_.ack_timeout = hec_.ack_interval = 1h;
    open();
    append_events(100);
    start({&server});
    ASSERT_TRUE(eventually([&] { return server.requests().size() == 10; }));
    finish(10ms);
    EXPECT_EQ(status_.cursor, 0U);
    EXPECT_EQ(status_.ledger.in_doubt, 100U);
}

}  // namespace
}  // namespace eventfwd

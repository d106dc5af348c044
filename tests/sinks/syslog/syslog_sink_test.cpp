// A syslog sink over TCP and Unix streams: what the peer's kernel has acknowledged is delivered.
#include <gtest/gtest.h>

#include "sinks/syslog/syslog_sink_fixture.h"
#include "support/silent_listener.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::SyslogServer;
using test::SyslogSinkTest;

TEST_F(SyslogSinkTest, SendsOverTcp) {
    SyslogServer server = SyslogServer::tcp();
    make(server.address("tcp"));
    EXPECT_EQ(send(lines(3)).kind, Kind::delivered);
    EXPECT_EQ(send(lines(2)).kind, Kind::delivered);
    server.accept();
    const std::string wanted = messages(lines(3)) + messages(lines(2));
    EXPECT_EQ(server.read(wanted.size()), wanted);
    EXPECT_FALSE(server.has_caller()) << "a connection is used again";
}

TEST_F(SyslogSinkTest, SendsOverIpv6AndToAName) {
    SyslogServer six = SyslogServer::tcp("[::1]:0");
    make(six.address("tcp"));
    EXPECT_EQ(send(lines(1)).kind, Kind::delivered);
    SyslogServer named = SyslogServer::tcp();
    const std::string address = named.address("tcp");
    make("tcp://localhost" + address.substr(address.rfind(':')));
    EXPECT_EQ(send(lines(1)).kind, Kind::delivered);
    named.accept();
    EXPECT_EQ(named.read(10), messages(lines(1)).substr(0, 10));
}

TEST_F(SyslogSinkTest, SendsOverAUnixStream) {
    const std::string path = directory_ / "s";
    SyslogServer server = SyslogServer::unix(path, SOCK_STREAM);
    options_.format.framing = SyslogFormat::Framing::lf;
    make("unix://" + path);
    begin(lines(3));
    const std::string wanted = messages(lines(3));
    ASSERT_TRUE(until([&] { return server.has_caller(); }));
    server.accept();
    EXPECT_EQ(read_beside(server, wanted.size()), wanted);
    EXPECT_EQ(end().kind, Kind::delivered);
}

TEST_F(SyslogSinkTest, WhatAUnixStreamsPeerHasNotReadIsNotDelivered) {
    const std::string path = directory_ / "s";
    SyslogServer server = SyslogServer::unix(path, SOCK_STREAM);
    make("unix://" + path);
    begin(lines(3));
    ASSERT_TRUE(until([&] { return server.has_caller(); }));
    server.accept();
    const std::size_t bytes = messages(lines(3)).size();
    ASSERT_TRUE(until([&] { return server.unread() == bytes; }));
    EXPECT_FALSE(is_over());
    server.hang_up();  // and throws it away
    const Outcome outcome = end();
    EXPECT_EQ(outcome.kind, Kind::try_again);
    EXPECT_EQ(outcome.settled, 0U);
    EXPECT_EQ(outcome.in_doubt, 3U);
}

TEST_F(SyslogSinkTest, NobodyThereIsToldInWords) {
    SyslogServer server = SyslogServer::tcp();
    const std::string address = server.address("tcp");
    server.close();
    make(address);
    EXPECT_EQ(send(lines(1)).reason, "connect to " + address + ": Connection refused");
    EXPECT_EQ(sink_->connections().at(0).state, "backed off");
    make("unix://" + (directory_ / "none"));
    EXPECT_TRUE(send(lines(1)).reason.ends_with("/none: No such file or directory"));
    make("unixgram://" + (directory_ / "none"));
    EXPECT_TRUE(send(lines(1)).reason.ends_with("/none: No such file or directory"));
    make("tcp://does-not-exist.invalid:1");
    const Outcome outcome = send(lines(1));
    EXPECT_EQ(outcome.kind, Kind::try_again);
    EXPECT_TRUE(outcome.reason.starts_with("look up does-not-exist.invalid: ")) << outcome.reason;
}

TEST_F(SyslogSinkTest, AConnectionThatWasClosedIsMadeAnewWithoutAWord) {
    SyslogServer server = SyslogServer::tcp();
    make(server.address("tcp"));
    EXPECT_EQ(send(lines(1)).kind, Kind::delivered);
    server.accept();
    server.read(messages(lines(1)).size());
    server.hang_up();
    const Outcome outcome = send(lines(2));
    EXPECT_EQ(outcome.kind, Kind::delivered) << outcome.reason;
    server.accept();
    EXPECT_EQ(server.read(messages(lines(2)).size()), messages(lines(2)));
}

TEST_F(SyslogSinkTest, WhatAServerSaysIsNotMistakenForItsEnd) {
    SyslogServer server = SyslogServer::tcp();
    make(server.address("tcp"));
    EXPECT_EQ(send(lines(1)).kind, Kind::delivered);
    server.accept();
    server.say("hello");
    EXPECT_EQ(send(lines(2)).kind, Kind::delivered);
    EXPECT_FALSE(server.has_caller());
    EXPECT_EQ(server.read(messages(lines(1)).size() + messages(lines(2)).size()),
              messages(lines(1)) + messages(lines(2)));
}

TEST_F(SyslogSinkTest, ASlowReaderGetsEverything) {
    SyslogServer server = SyslogServer::tcp("127.0.0.1:0", 8192);
    make(server.address("tcp"));
    const std::string text = lines(4'000, 1000);
    begin(text);
    ASSERT_TRUE(until([&] { return server.has_caller(); }));
    server.accept();
    fill_up(server);
    EXPECT_FALSE(is_over());
    const std::string wanted = messages(text);
    EXPECT_EQ(read_beside(server, wanted.size()), wanted);
    const Outcome outcome = end();
    EXPECT_EQ(outcome.kind, Kind::delivered) << outcome.reason;
}

TEST_F(SyslogSinkTest, AfterABreakOnlyWhatWasNotAcknowledgedComesAgain) {
    SyslogServer server = SyslogServer::tcp("127.0.0.1:0", 8192);
    make(server.address("tcp"));
    const std::string text = lines(10'000, 1000);
    const std::string wanted = messages(text);
    begin(text);
    ASSERT_TRUE(until([&] { return server.has_caller(); }));
    server.accept();
    std::size_t acknowledged = read_beside(server, 200'000).size();
    fill_up(server);
    acknowledged += server.unread();
    server.hang_up();
    const Outcome outcome = end();
    EXPECT_EQ(outcome.kind, Kind::try_again);
    EXPECT_TRUE(outcome.reason.starts_with("send to tcp://127.0.0.1:")) << outcome.reason;
    // Every whole message within what was acknowledged, and no other.
    const std::string settled = messages(lines(outcome.settled, 1000));
    const std::string one_more = messages(lines(outcome.settled + 1, 1000));
    EXPECT_GT(outcome.settled, 100U);
    EXPECT_LE(settled.size(), acknowledged);
    EXPECT_GT(one_more.size(), acknowledged);
    EXPECT_GT(outcome.in_doubt, 100U);
    EXPECT_LT(outcome.settled + outcome.in_doubt, 10'000U) << "the rest was never written";
    EXPECT_LT(wanted.find(one_more.substr(settled.size())), acknowledged);
}

TEST_F(SyslogSinkTest, APeerThatTakesNothingIsGivenUp) {
    SyslogServer server = SyslogServer::tcp("127.0.0.1:0", 8192);
    options_.peer.timeout = 100ms;
    make(server.address("tcp"));
    begin(lines(10'000, 1000));
    ASSERT_TRUE(until([&] { return server.has_caller(); }));
    server.accept();
    const Outcome outcome = end();
    EXPECT_EQ(outcome.kind, Kind::try_again);
    EXPECT_TRUE(outcome.reason.ends_with("the peer has taken nothing for 100ms")) << outcome.reason;
    EXPECT_GT(outcome.settled, 0U);
    EXPECT_GT(outcome.in_doubt, 0U);
}

TEST_F(SyslogSinkTest, AHostThatDoesNotAnswerIsGivenUp) {
    options_.peer.timeout = 100ms;
    const test::SilentListener silent;
    make("tcp://" + silent.address().text());
    const Outcome outcome = send(lines(1));
    EXPECT_EQ(outcome.kind, Kind::try_again);
    EXPECT_TRUE(outcome.reason.ends_with(": Connection timed out")) << outcome.reason;
}

TEST_F(SyslogSinkTest, AnAbandonedSendEndsAndTellsHowFarItWas) {
    SyslogServer server = SyslogServer::tcp("127.0.0.1:0", 8192);
    make(server.address("tcp"));
    begin(lines(10'000, 1000));
    ASSERT_TRUE(until([&] { return server.has_caller(); }));
    server.accept();
    fill_up(server);
    sink_->abandon();
    const Outcome outcome = end();
    EXPECT_EQ(outcome.kind, Kind::try_again);
    EXPECT_TRUE(outcome.reason.ends_with(": interrupted")) << outcome.reason;
    EXPECT_GT(outcome.settled, 0U);
    EXPECT_GT(outcome.in_doubt, 0U);
}

TEST_F(SyslogSinkTest, ReopensWhenItIsAskedTo) {
    SyslogServer server = SyslogServer::tcp();
    make(server.address("tcp"));
    send(lines(1));
    server.accept();
    sink_->reopen();
    EXPECT_EQ(send(lines(1)).kind, Kind::delivered);
    EXPECT_TRUE(server.has_caller());
    EXPECT_EQ(sink_->connections().at(0).state, "connected");
}

}  // namespace
}  // namespace eventfwd

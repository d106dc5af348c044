// A syslog sink over UDP and Unix datagrams: one message each.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "sinks/syslog/syslog_sink_fixture.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::SyslogServer;
using test::SyslogSinkTest;

TEST_F(SyslogSinkTest, SendsEachMessageAsADatagram) {
    SyslogServer server = SyslogServer::udp();
    make(server.address("udp"));
    send_as_datagrams(server, 200);
}

TEST_F(SyslogSinkTest, ALineThatIsTooLargeForADatagramIsRefusedAlone) {
    SyslogServer server = SyslogServer::udp("[::1]:0");
    make(server.address("udp"));
    const Outcome outcome = send(line(0) + line(1, 65'500) + line(2) + line(3, 65'500) + line(4));
    EXPECT_EQ(outcome.kind, Kind::delivered);
    ASSERT_EQ(outcome.refused.size(), 2U);
    EXPECT_EQ(outcome.refused[0].index, 1U);
    EXPECT_EQ(outcome.refused[0].reason, "too_large");
    EXPECT_TRUE(
        outcome.refused[0].text.contains("bytes do not go into one datagram to udp://[::1]:"))
        << outcome.refused[0].text;
    EXPECT_EQ(outcome.refused[1].index, 3U);
    for (const std::size_t number : {0U, 2U, 4U})
        EXPECT_EQ(server.read_datagram(), messages(line(number)));
}

TEST_F(SyslogSinkTest, OfAHostsAddressesTheOneThatListensGetsTheDatagrams) {
    SyslogServer server = SyslogServer::udp();  // "localhost" may be ::1 first
    const std::string address = server.address("udp");
    make("udp://localhost" + address.substr(address.rfind(':')));
    Outcome outcome = send(lines(3));
    if (outcome.kind == Kind::try_again) outcome = send(lines(3));
    EXPECT_EQ(outcome.kind, Kind::delivered) << outcome.reason;
    EXPECT_EQ(server.read_datagram(), messages(line(0)));
}

TEST_F(SyslogSinkTest, AUdpPortThatNobodyListensOnLosesNothing) {
    SyslogServer server = SyslogServer::udp();
    const std::string address = server.address("udp");
    server.close();
    make(address);
    for (int attempt = 0; attempt < 3; ++attempt) {
        const Outcome outcome = send(lines(5));
        EXPECT_EQ(outcome.kind, Kind::try_again);
        EXPECT_EQ(outcome.reason, "send to " + address + ": Connection refused");
        EXPECT_EQ(outcome.settled, 0U);
        EXPECT_LT(outcome.in_doubt, 5U) << "one of them was refused, whichever it was";
    }
    SyslogServer back = SyslogServer::udp(address.substr(std::string("udp://").size()));
    EXPECT_EQ(send(lines(5)).kind, Kind::delivered);
    for (std::size_t number = 0; number < 5; ++number)
        EXPECT_EQ(back.read_datagram(), messages(line(number)));
}

TEST_F(SyslogSinkTest, AUnixDatagramSocketThatIsFullIsWaitedFor) {
    const std::string path = directory_ / "d";
    SyslogServer server = SyslogServer::unix(path, SOCK_DGRAM);
    make("unixgram://" + path);
    send_as_datagrams(server, 2'000);
}

TEST_F(SyslogSinkTest, AUnixDatagramSocketThatNobodyReadsIsGivenUp) {
    const std::string path = directory_ / "d";
    SyslogServer server = SyslogServer::unix(path, SOCK_DGRAM);
    options_.peer.timeout = 100ms;
    make("unixgram://" + path);
    const Outcome outcome = send(lines(2'000));
    EXPECT_EQ(outcome.kind, Kind::try_again);
    EXPECT_TRUE(outcome.reason.ends_with(": Connection timed out")) << outcome.reason;
    std::size_t queued = 0;
    while (!server.read_some(70'000).empty())
        ++queued;
    EXPECT_EQ(outcome.settled, queued);
    EXPECT_EQ(outcome.in_doubt, 0U);
}

TEST_F(SyslogSinkTest, AUnixDatagramSocketThatComesBackGetsTheRest) {
    const std::string path = directory_ / "d";
    SyslogServer server = SyslogServer::unix(path, SOCK_DGRAM);
    make("unixgram://" + path);
    EXPECT_EQ(send(lines(1)).kind, Kind::delivered);
    server.close();
    EXPECT_EQ(send(lines(1)).kind, Kind::try_again);
    SyslogServer back = SyslogServer::unix(path, SOCK_DGRAM);
    EXPECT_EQ(send(lines(1)).kind, Kind::delivered);
    EXPECT_EQ(back.read_datagram(), messages(lines(1)));
}

}  // namespace
}  // namespace eventfwd

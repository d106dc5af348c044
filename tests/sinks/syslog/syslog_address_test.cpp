#include "sinks/syslog/syslog_address.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

using Transport = SyslogAddress::Transport;

TEST(SyslogAddress, ReadsEveryTransport) {
    EXPECT_EQ(SyslogAddress::parse("udp://127.0.0.1:514"),
              (SyslogAddress{Transport::udp, "127.0.0.1", 514, ""}));
    EXPECT_EQ(SyslogAddress::parse("tcp://[::1]:601"),
              (SyslogAddress{Transport::tcp, "::1", 601, ""}));
    EXPECT_EQ(SyslogAddress::parse("tls://logs.example.com:6514"),
              (SyslogAddress{Transport::tls, "logs.example.com", 6514, ""}));
    EXPECT_EQ(SyslogAddress::parse("unix:///run/log.sock"),
              (SyslogAddress{Transport::unix_stream, "", 0, "/run/log.sock"}));
    EXPECT_EQ(SyslogAddress::parse("unixgram:///dev/log"),
              (SyslogAddress{Transport::unix_datagram, "", 0, "/dev/log"}));
}

TEST(SyslogAddress, WritesWhatItReads) {
    for (const char* text : {"udp://127.0.0.1:514", "tcp://[::1]:601", "tcp://[fe80::1%eth0]:601",
                             "tls://logs.example.com:6514", "unix:///a", "unixgram:///dev/log"}) {
        const auto address = SyslogAddress::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->text(), text);
    }
}

TEST(SyslogAddress, SaysWhatItExpected) {
    const auto problem = [](std::string_view text) {
        const auto address = SyslogAddress::parse(text);
        return address ? "taken" : address.error().message;
    };
    for (const char* text : {"", "tcp", "localhost:514", "http://localhost:514", "TCP://a:1"}) {
        EXPECT_TRUE(problem(text).starts_with("expected udp://host:port, tcp://")) << text;
    }
    for (const char* text : {"tcp://", "tcp://localhost", "tcp://:514", "tcp://::1:514",
                             "tcp://[]:514", "tcp://a b:514", "tcp://[::1:514", "udp://a/b:514"}) {
        EXPECT_TRUE(problem(text).starts_with("expected a host and a port")) << text;
    }
    for (const char* text :
         {"tcp://a:", "tcp://a:0", "tcp://a:65536", "tcp://a:-1", "tcp://a:5x"}) {
        EXPECT_TRUE(problem(text).starts_with("expected a port from 1 to 65535")) << text;
    }
    EXPECT_EQ(problem("tcp://" + std::string(256, 'a') + ":514").substr(0, 24),
              "expected a host and a po");
    for (const std::string& text : {std::string("unix://"), std::string("unix://relative"),
                                    "unixgram:///" + std::string(108, 'x')}) {
        EXPECT_TRUE(problem(text).starts_with("expected an absolute path of at most 107 bytes"))
            << text;
    }
}

}  // namespace
}  // namespace eventfwd

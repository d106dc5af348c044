#include "net/host_port.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

TEST(HostPort, ReadsNamesAndAddressesWithAndWithoutAPort) {
    EXPECT_EQ(HostPort::parse("splunk-1")->host, "splunk-1");
    EXPECT_FALSE(HostPort::parse("splunk-1")->port);
    EXPECT_EQ(HostPort::parse("127.0.0.1:514")->port, 514);
    const auto ip6 = HostPort::parse("[::1]:8514");
    EXPECT_EQ(ip6->host, "::1");
    EXPECT_TRUE(ip6->is_bracketed);
    EXPECT_EQ(ip6->port, 8514);
    EXPECT_EQ(HostPort::parse("[fe80::1%eth0]")->host, "fe80::1%eth0");
}

TEST(HostPort, ReadsNothingElse) {
    for (const char* text : {"", ":1", "a:", "a:x", "a:1:2", "::1", "[::1", "[]:1", "[::1]1",
                             "a:65536", "a:-1", "a:08", "[::1]:"}) {
        EXPECT_FALSE(HostPort::parse(text)) << text;
    }
}

TEST(HostPort, IsReadAsItIsWritten) {
    for (const char* text : {"a", "a:1", "[::1]", "[::1]:65535", "127.0.0.1:0"})
        EXPECT_EQ(HostPort::parse(text)->text(), text);
}

TEST(HostPort, KnowsHostNames) {
    for (const char* host : {"a", "a-1.b_c", "127.0.0.1"})
        EXPECT_TRUE(is_host_name(host)) << host;
    for (const char* host : {"", "-a", ".a", "a b", "caf\xC3\xA9", "a/b"})
        EXPECT_FALSE(is_host_name(host)) << host;
    EXPECT_FALSE(is_host_name(std::string(254, 'a')));
}

TEST(HostPort, LeavesOutOneDotAtTheEndOfAName) {
    EXPECT_EQ(without_root_dot("a.b."), "a.b");
    EXPECT_EQ(without_root_dot("a.b"), "a.b");
    EXPECT_EQ(without_root_dot("a.."), "a.");
    EXPECT_EQ(without_root_dot(""), "");
}

}  // namespace
}  // namespace eventfwd

#include "sinks/hec/hec_url.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

TEST(HecUrl, HasAHostAPortAndPerhapsAPath) {
    const HecUrl url = HecUrl::parse("https://splunk-1.example:8088/").value();
    EXPECT_TRUE(url.is_tls);
    EXPECT_EQ(url.host, "splunk-1.example");
    EXPECT_EQ(url.port, "8088");
    EXPECT_EQ(url.prefix, "");
    EXPECT_EQ(url.authority(), "splunk-1.example:8088");
    EXPECT_EQ(HecUrl::parse("https://a")->port, "443");
    EXPECT_EQ(HecUrl::parse("http://a")->port, "80");
    EXPECT_EQ(HecUrl::parse("http://a/x/y//")->prefix, "/x/y");
    EXPECT_EQ(HecUrl::parse("http://[::1]:8088")->host, "::1");
    EXPECT_EQ(HecUrl::parse("http://[::1]:8088")->authority(), "[::1]:8088");
}

TEST(HecUrl, IsReadAgainAsItIsShown) {
    for (const char* text : {"https://a:1", "http://127.0.0.1:8088/x", "https://[fe80::1]:443"})
        EXPECT_EQ(HecUrl::parse(text)->text(), text);
}

TEST(HecUrl, IsNothingElse) {
    for (const char* text : {"",
                             "a",
                             "ftp://a",
                             "https://",
                             "https:///x",
                             "https://a:",
                             "https://a:0",
                             "https://a:65536",
                             "https://a:08",
                             "https://a:8x",
                             "https://user@a",
                             "https://a b",
                             "https://a?x=1",
                             "https://a/x?y",
                             "https://a/x#y",
                             "https://[::1",
                             "https://[a]:1",
                             "https://[::1]x",
                             "https://a/\r\nHost:",
                             "https://-a",
                             "https://a/ "}) {
        EXPECT_FALSE(HecUrl::parse(text)) << text;
    }
    EXPECT_FALSE(HecUrl::parse(std::string("https://[::1\0]:8088", 20)));
}

TEST(HecUrl, KnowsWhatStaysOnThisMachine) {
    for (const char* text :
         {"http://127.0.0.1:1", "http://127.8.0.1", "http://[::1]", "http://localhost"})
        EXPECT_TRUE(HecUrl::parse(text)->is_loopback()) << text;
    for (const char* text : {"http://10.0.0.1", "http://example.com", "http://[fe80::1]"})
        EXPECT_FALSE(HecUrl::parse(text)->is_loopback()) << text;
}

}  // namespace
}  // namespace eventfwd

#include "net/url.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

TEST(Url, HasAHostAPortAndPerhapsAPath) {
    const Url url = Url::parse("https://splunk-1.example:8088/").value();
    EXPECT_TRUE(url.is_tls);
    EXPECT_EQ(url.host, "splunk-1.example");
    EXPECT_EQ(url.port, 8088);
    EXPECT_EQ(url.prefix, "");
    EXPECT_EQ(url.authority(), "splunk-1.example:8088");
    EXPECT_EQ(Url::parse("https://a")->port, 443);
    EXPECT_EQ(Url::parse("http://a")->port, 80);
    EXPECT_EQ(Url::parse("http://a/x/y//")->prefix, "/x/y");
    EXPECT_EQ(Url::parse("http://[::1]:8088")->host, "::1");
    EXPECT_EQ(Url::parse("http://[::1]:8088")->authority(), "[::1]:8088");
}

TEST(Url, IsReadAgainAsItIsShown) {
    for (const char* text : {"https://a:1", "http://127.0.0.1:8088/x", "https://[fe80::1]:443"})
        EXPECT_EQ(Url::parse(text)->text(), text);
}

TEST(Url, IsNothingElse) {
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
        EXPECT_FALSE(Url::parse(text)) << text;
    }
    EXPECT_FALSE(Url::parse(std::string("https://[::1\0]:8088", 20)));
}

TEST(Url, KnowsWhatStaysOnThisMachine) {
    for (const char* text : {"http://127.0.0.1:1", "http://127.8.0.1", "http://[::1]",
                             "http://[0:0::1]", "http://localhost"})
        EXPECT_TRUE(Url::parse(text)->is_loopback()) << text;
    for (const char* text : {"http://10.0.0.1", "http://example.com", "http://[fe80::1]"})
        EXPECT_FALSE(Url::parse(text)->is_loopback()) << text;
}

TEST(Url, KeepsTheDotThatEndsAnAbsoluteNameForTheResolverAlone) {
    const auto url = Url::parse("https://splunk.test.:8088/x");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->host, "splunk.test.");
    EXPECT_EQ(url->text(), "https://splunk.test.:8088/x");
    EXPECT_EQ(url->authority(), "splunk.test:8088");
    EXPECT_TRUE(Url::parse("http://localhost.")->is_loopback());
    EXPECT_TRUE(Url::parse("http://127.0.0.1.")->is_loopback());
}

}  // namespace
}  // namespace eventfwd

// What a connection remembers: the balancer's cookies, and the acknowledgements it waits for.
#include <gtest/gtest.h>

#include "net/cookies.h"
#include "sinks/hec/hec_acks.h"

namespace eventfwd {
namespace {

using State = HecAcks::State;

TEST(Cookies, AreSentBackAsTheyCame) {
    Cookies cookies;
    EXPECT_EQ(cookies.header(), "");
    cookies.take("SERVERID=a; path=/; HttpOnly");
    cookies.take(" other = \"b\" ");
    EXPECT_EQ(cookies.header(), "SERVERID=a; other=\"b\"");
    cookies.take("SERVERID=c");
    EXPECT_EQ(cookies.header(), "SERVERID=c; other=\"b\"");
    cookies.take("SERVERID=; Max-Age=0");
    EXPECT_EQ(cookies.header(), "other=\"b\"");
    cookies.clear();
    EXPECT_EQ(cookies.header(), "");
}

TEST(Cookies, NothingInThemCanLeadToAnotherHeader) {
    Cookies cookies;
    for (const char* value : {"", "a", "=b", "a=b\r\nX: y", "a\n=b", "a=b c", "a=\x7F", ";a=b"})
        cookies.take(value);
    cookies.take("a=" + std::string(2000, 'b'));
    EXPECT_EQ(cookies.header(), "");
    for (int at = 0; at < 20; ++at)
        cookies.take("n" + std::to_string(at) + "=v");
    EXPECT_TRUE(cookies.header().ends_with("n7=v")) << cookies.header();
}

TEST(HecAcks, AsksForAllThatIsWaitedFor) {
    HecAcks acks;
    const auto first = acks.expect(0);
    const auto second = acks.expect(1);
    EXPECT_EQ(acks.question(), R"({"acks":[0,1]})");
    EXPECT_TRUE(acks.apply(R"({"acks":{"0":false,"1":true,"9":true}})"));
    EXPECT_EQ(acks.state(first), State::waiting);
    EXPECT_EQ(acks.state(second), State::acknowledged);
    EXPECT_EQ(acks.question(), R"({"acks":[0]})");
    acks.forget(first);
    EXPECT_FALSE(acks.is_waiting());
}

TEST(HecAcks, AnIdThatComesAgainMakesAllOfThemMeanNothing) {
    HecAcks acks;
    const auto old = acks.expect(5);
    const auto fresh = acks.expect(5);  // of a server that began to count anew
    EXPECT_EQ(acks.state(old), State::lost);
    EXPECT_EQ(acks.state(fresh), State::lost);
    EXPECT_TRUE(acks.is_confused());
    EXPECT_TRUE(acks.apply(R"({"acks":{"5":true}})"));
    EXPECT_EQ(acks.state(old), State::lost);
    acks.begin_channel();
    EXPECT_FALSE(acks.is_confused());
    EXPECT_EQ(acks.state(acks.expect(0)), State::waiting);
}

TEST(HecAcks, LeavesOutWhatIsNoAnswer) {
    HecAcks acks;
    const auto ticket = acks.expect(0);
    for (const char* body : {"", "[]", "{}", R"({"acks":[]})", R"({"acks":0})", "<html>"})
        EXPECT_FALSE(acks.apply(body)) << body;
    EXPECT_TRUE(acks.apply(R"({"acks":{"0":1,"":true,"x":true}})"));
    EXPECT_EQ(acks.state(ticket), State::waiting);
}

}  // namespace
}  // namespace eventfwd

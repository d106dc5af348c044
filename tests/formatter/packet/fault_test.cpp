// Where a packet is at fault, and what was expected there.
#include <gtest/gtest.h>

#include "support/decoded.h"

namespace eventfwd {
namespace {

std::string fault(std::string_view packet) {
    const auto collector = test::collected(packet);
    return collector.faults.empty() ? "none" : collector.faults.front();
}

TEST(Fault, OfJsonNamesTheByteAndWhatWasExpected) {
    EXPECT_EQ(fault(R"({"application":"shop",bad})"),
              "syntax at byte 22: expected a quoted name, found b");
    EXPECT_EQ(fault(R"({"application" "shop"})"), "syntax at byte 15: expected a colon, found \"");
    EXPECT_EQ(fault(R"({"application":"shop" "event":"e"})"),
              "syntax at byte 22: expected a comma or }, found \"");
    EXPECT_EQ(fault(R"({"application":shop})"), "syntax at byte 15: expected a value, found s");
    EXPECT_EQ(fault(R"({"n":01})"), "syntax at byte 6: expected a comma or }, found 1");
    EXPECT_EQ(fault(R"({"n":1.})"), "syntax at byte 7: expected a digit, found }");
    EXPECT_EQ(fault(R"({"a":"b\q"})"), "syntax at byte 7: expected an escape of JSON, found \\");
    EXPECT_EQ(fault("{\"a\":\"b\x01\"}"),
              "syntax at byte 7: expected no control character in a string, found \\x01");
    EXPECT_EQ(fault(R"({"a":"b)"),
              "syntax at byte 7: expected the end of the string, found the end");
    EXPECT_EQ(fault(R"({"a":1)"), "syntax at byte 6: expected a comma or }, found the end");
    EXPECT_EQ(fault(R"({"application":"a","event":"e","properties":7})"),
              "syntax at byte 44: expected an object of properties, found 7");
}

TEST(Fault, OfAnArrayIsCountedFromItsBeginning) {
    EXPECT_EQ(fault(R"([{"application":"a","event":"e"},)"),
              "syntax at byte 33: expected a value, found the end");
    EXPECT_EQ(fault(R"([1])"), "syntax at byte 0: expected an object, found 1");
    EXPECT_EQ(fault(R"([]x)"), "syntax at byte 2: expected the end behind the array, found x");
    const std::string deep(17, '[');
    EXPECT_EQ(
        fault("[" + deep),
        "syntax at byte 17: expected at most 16 objects and arrays within each other, found [");
}

TEST(Fault, OfTextNamesTheByteAndWhatWasExpected) {
    EXPECT_EQ(fault("application=shop event"), "syntax at byte 17: expected key=value, found e");
    EXPECT_EQ(fault("application=\"shop"),
              "syntax at byte 17: expected the closing quote, found the end");
    EXPECT_EQ(fault("application=\"a\"b"),
              "syntax at byte 15: expected a space behind the closing quote, found b");
    EXPECT_EQ(
        fault("application=a\"b"),
        "syntax at byte 13: expected no quote in a value that does not begin with one, found \"");
}

TEST(Fault, OfAFieldPointsAtItsValue) {
    EXPECT_EQ(fault(R"({"application":"a","event":"e","timestamp":"noon"})"),
              "bad_timestamp at byte 44: expected a time like 2011-08-08T11:45:17Z, or a number "
              "since 1970, found n");
    EXPECT_EQ(fault(R"({"application":"a","event":"e","increment":1.5})"),
              "bad_increment at byte 43: expected a whole number from -2^53 to 2^53, found 1");
    EXPECT_EQ(fault(R"({"application":"a"})"), "no_event: expected the name of an event");
    EXPECT_EQ(fault("event=e"), "no_application: expected the name of an application");
    EXPECT_EQ(fault(R"({"application":"a","event":")" + std::string(257, 'e') + "\"}"),
              "too_long: expected at most 256 bytes of event");
    EXPECT_EQ(fault(" "), "empty");
}

// Every refusal of broken JSON lies in its piece, and says what was expected.
TEST(Fault, OfAnyCutPacketLiesInItAndIsExplained) {
    const std::string packet =
        R"({"application":"shop","event":"login","properties":{"a":[1,{"b":"c\u00e9"}],"d":-1.5e+3,"e":null}})";
    for (std::size_t size = 1; size < packet.size(); ++size) {
        const auto collector = test::collected(packet.substr(0, size));
        ASSERT_EQ(collector.faults.size(), 1U) << size;
        const std::string& text = collector.faults.front();
        EXPECT_TRUE(text.starts_with("syntax at byte ") && text.contains(": expected ")) << text;
    }
}

}  // namespace
}  // namespace eventfwd

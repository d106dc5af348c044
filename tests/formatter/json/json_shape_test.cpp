// A decoder that knows the shapes of earlier packets must say of every packet what one says that
// knows none.
#include "formatter/json/json_shape.h"

#include <gtest/gtest.h>

#include <random>

#include "support/decoded.h"
#include "support/golden.h"

namespace eventfwd {
namespace {

using Results = std::vector<std::string>;

class JsonShapeTest : public testing::Test {
  protected:
    Results decode(std::string_view packet) {
        // A copy of the exact size, so that a read past the packet's end is seen by the sanitizer.
        const std::vector<char> bytes(packet.begin(), packet.end());
        test::ResultCollector collector;
        decoder_.decode({{bytes.data(), bytes.size()}, bytes.size(), {}, {}}, collector);
        return collector.results;
    }
    void expect_same(std::string_view packet) {
        EXPECT_EQ(decode(packet), test::decoded(packet)) << packet;
    }

    Decoder decoder_{{}};
};

// Of one shape but for what is said of each.
TEST_F(JsonShapeTest, TakesWhateverValuesCome) {
    for (const char* packet : {
             R"({"application":"a","event":"e","properties":{"x":"1","y":2,"z":[1]}})",
             R"({"application":"b","event":"f","properties":{"x":"","y":-1.5e3,"z":[ 1, 2 ]}})",
             R"({"application":"ä","event":"\u00e9","properties":{"x":"\"","y":true,"z":[]}})",
             R"({"application":"a","event":"e","properties":{"x":"1","y":null,"z":[1]}})",   // y
             R"({"application":"a","event":"e","properties":{"x":null,"y":2,"z":[1]}})",     // x
             R"({"application":"a","event":"e","properties":{"x":"1","y":"2","z":[1]}})",    // y
             R"({"application":"a","event":"e","properties":{"x":"1","y":2,"z":{"a":1}}})",  // z
             R"({"application":"a","event":"e","properties":{"x":"1","y":2,"z":1}})",        // z
             R"({"application":"","event":"e","properties":{"x":"1","y":2,"z":[1]}})",
             R"({"application":"a","event":" ","properties":{"x":"1","y":2,"z":[1]}})",
             R"({"application":"a","event":"e","properties":{"x":"1","y":2,"z":[1}})",
             R"({"application":"a","event":"e","properties":{"x":"1","y":02,"z":[1]}})",
             R"({"application":"a","event":"e","properties":{"x":"1","y":2,"z":[1]}}x)",
             R"({"application":"a","event":"e","properties":{"x":"1","y":2,"z":[1]})",
             R"({"application":"a","event":"e","properties":{"x":"1","y":2,"z":[1]}} )",
         }) {
        expect_same(packet);
    }
}

TEST_F(JsonShapeTest, KeepsTheKeysThatWereMadeUniqueAndClean) {
    const std::string first = R"({"event":"e","application":"a","k":1,"a b":2,"a-b":3,"k":"4"})";
    const std::string other = R"({"event":"e","application":"a","k":5,"a b":6,"a-b":7,"k":"8"})";
    expect_same(first);
    expect_same(other);
    EXPECT_TRUE(decode(other).front().contains(R"(analytics_prop__a_b_2="7")"));
}

TEST_F(JsonShapeTest, KnowsPropertiesInTheirOrder) {
    for (const char* value : {"1", "2"}) {
        expect_same(std::string(R"({"late":)") + value + R"(,"event":"e","properties":{"early":)" +
                    value + R"(},"application":"a","later":{"in":{"it":)" + value + "}}}");
    }
}

TEST_F(JsonShapeTest, ReadsTheEventsFieldsAgain) {
    for (const char* time : {"1312803917.735045", "\"2011-08-08T11:45:17.735045Z\"", "\"never\"",
                             "-1e99", "true", "null", "Infinity"}) {
        for (int round = 0; round < 2; ++round) {
            expect_same(std::string(R"({"application":"a","event":"e","timestamp":)") + time +
                        R"(,"increment":3,"distinct_id":17})");
        }
    }
}

TEST_F(JsonShapeTest, TakesSeveralObjectsOfOnePacket) {
    const std::string object = R"({"application":"a","event":"e","n":1})";
    expect_same(object + object + "\n" + object + "{" + object);
    expect_same(object + object + "\n" + object + "{" + object);
}

TEST_F(JsonShapeTest, SaysNothingElseThanAFreshDecoderOfMutatedPackets) {
    const std::uint64_t seed = std::random_device{}();
    std::mt19937_64 random(seed);
    for (const test::GoldenPacket& golden : test::load_golden_packets()) {
        if (golden.packet.size() > 2000 || !golden.packet.contains('{')) continue;
        decode(golden.packet);
        for (int round = 0; round < 20; ++round) {
            std::string packet = golden.packet;
            for (std::size_t edits = random() % 3; edits > 0 && !packet.empty(); --edits) {
                constexpr std::string_view kBytes = "{}[]\",:\\ \n0129.-eEtrufalsn/b\x80";
                packet[random() % packet.size()] = kBytes[random() % kBytes.size()];
            }
            ASSERT_EQ(decode(packet), test::decoded(packet)) << "seed " << seed << ": " << packet;
            decode(golden.packet);
        }
    }
}

TEST_F(JsonShapeTest, IsRightWhereEveryPacketHasAnotherShape) {
    for (int n = 0; n < 3000; ++n) {
        const std::string key = "k" + std::to_string(n % 977);
        expect_same(R"({"application":"a","event":"e",")" + key + "\":" + std::to_string(n) + "}");
    }
}

}  // namespace
}  // namespace eventfwd

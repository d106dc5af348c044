#include "formatter/packet/decoder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/decoded.h"

namespace eventfwd {
namespace {

using test::decoded;
using test::line;
using Results = std::vector<std::string>;

TEST(Decoder, TakesTheDefaultApplicationWhereThereIsNone) {
    EXPECT_EQ(decoded("event=e", {}, {}, "fallback"),
              Results{line(R"(application="fallback" event="e")")});
    EXPECT_EQ(decoded("application= event=e", {}, {}, "fallback"),
              Results{"refused: no_application"});
}

TEST(Decoder, TellsTheFirstReasonWhereSeveralHold) {
    EXPECT_EQ(decoded(R"({"event":true,"distinct_id":[],"timestamp":"x"})"),
              Results{"refused: no_application"});
    EXPECT_EQ(decoded(R"({"application":"a","event":"e","increment":"x","timestamp":"x"})"),
              Results{"refused: bad_timestamp"});
    EXPECT_EQ(decoded(R"({"application":"a","event":"e","increment":"x","properties":5})"),
              Results{"refused: syntax"});
}

TEST(Decoder, AnObjectOfAWrongShapeDoesNotHarmTheNext) {
    EXPECT_EQ(
        decoded(
            R"({"application":"a","event":"1","properties":[1]}{"application":"a","event":"2"})"),
        (Results{"refused: syntax", line(R"(application="a" event="2")")}));
}

TEST(Decoder, CountsTheTrueSizeOfAPacketThatWasCut) {
    test::ResultCollector collector;
    Decoder decoder({});
    const std::string_view kept = "application=a event=e";
    decoder.decode({kept, 100'000, {}, {}}, collector);
    EXPECT_EQ(collector.results, Results{"refused: oversize"});
    EXPECT_EQ(collector.pieces, Results{std::string(kept)});
}

TEST(Decoder, KeepsThePieceThatWasRefusedAndNoMore) {
    test::ResultCollector collector;
    Decoder decoder({});
    const std::string_view packet =
        "{\"application\":\"a\",\"event\":\"1\"} {\"application\":\"a\"} {broken\n{\"event\":1}";
    decoder.decode({packet, packet.size(), {}, {}}, collector);
    EXPECT_EQ(collector.pieces, (Results{R"({"application":"a","event":"1"})",
                                         R"({"application":"a"})", "{broken", R"({"event":1})"}));
}

TEST(Decoder, SecondMembersAreProperties) {
    EXPECT_EQ(decoded(R"({"application":"a","event":null,"event_name":"e"})"),
              Results{"refused: no_event"});
    EXPECT_EQ(
        decoded(
            R"({"application":"a","event":"e","time":1,"timestamp":2,"properties":{"p":1},"properties":{"q":2}})"),
        Results{"1970-01-01T00:00:01.000000Z application=\"a\" event=\"e\" analytics_prop__p=\"1\" "
                "analytics_prop__timestamp=\"2\" analytics_prop__properties__q=\"2\""});
}

TEST(Decoder, NamesWithEscapesAreTheSameNames) {
    EXPECT_EQ(decoded("{\"\\u0061pplication\":\"a\",\"event\":\"e\\n\"}"),
              Results{line(R"(application="a" event="e\n")")});
}

TEST(Decoder, CleansEachPartOfAJoinedKey) {
    EXPECT_EQ(decoded(R"({"application":"a","event":"e","a-b":{"":{"c.d":1}}})"),
              Results{line(R"(application="a" event="e" analytics_prop__a_b_____c_d="1")")});
}

TEST(Decoder, RefusesAKeyThatIsTooLongOnlyWhereItIsUsed) {
    const std::string key(129, 'k');
    EXPECT_EQ(decoded(R"({"application":"a","event":"e",")" + key + R"(":null})"),
              Results{line(R"(application="a" event="e")")});
    EXPECT_EQ(decoded(R"({"application":"a","event":"e",")" + key + R"(":{}})"),
              Results{line(R"(application="a" event="e")")});
    EXPECT_EQ(decoded(R"({"application":"a","event":"e",")" + key + R"(":{"x":1}})"),
              Results{"refused: too_long"});
    const std::string half(64, 'k');
    EXPECT_EQ(decoded(R"({"application":"a","event":"e",")" + half + R"(":{")" + half + R"(":1}})"),
              Results{"refused: too_long"});
    const std::string fits(62, 'k');
    EXPECT_EQ(decoded(R"({"application":"a","event":"e",")" + half + R"(":{")" + fits + R"(":1}})"),
              Results{line("application=\"a\" event=\"e\" analytics_prop__" + half + "__" + fits +
                           "=\"1\"")});
}

TEST(Decoder, RefusesASuffixThatMakesAKeyTooLong) {
    const std::string key(128, 'k');
    EXPECT_EQ(decoded(R"({"application":"a","event":"e",")" + key + R"(":1,")" + key + R"(":2})"),
              Results{"refused: too_long"});
}

TEST(Decoder, CountsPropertiesOfBothPlacesTogether) {
    const auto members = [](int count, char letter) {
        std::string text;
        for (int i = 0; i < count; ++i)
            text += fmt::format("{}\"{}{}\":{}", i ? "," : "", letter, i, i);
        return text;
    };
    const auto packet = [&](int inner, int outer) {
        return R"({"application":"a","event":"e","properties":{)" + members(inner, 'p') + "}," +
               members(outer, 'q') + "}";
    };
    EXPECT_EQ(decoded(packet(200, 57)), Results{"refused: too_long"});
    EXPECT_TRUE(decoded(packet(200, 56))[0].ends_with("analytics_prop__q55=\"55\""));
}

TEST(Decoder, GivesTheSameSuffixToNoTwoProperties) {
    std::string packet = R"({"application":"a","event":"e")";
    for (int i = 0; i < 256; ++i)
        packet += ",\"same\":1";
    const std::string result = decoded(packet + "}")[0];
    EXPECT_TRUE(result.contains(" analytics_prop__same=\"1\" analytics_prop__same_2=\"1\""));
    EXPECT_TRUE(result.ends_with(" analytics_prop__same_256=\"1\""));
}

TEST(Decoder, NullElementsOfAnArrayAreRefusedAlone) {
    EXPECT_EQ(decoded("[null]"), Results{"refused: syntax"});
    EXPECT_EQ(decoded("[{}]"), Results{"refused: no_application"});
}

TEST(Decoder, NothingBehindAnArrayIsAllowed) {
    EXPECT_EQ(decoded(R"([{"application":"a","event":"e"}] x)"), Results{"refused: syntax"});
    EXPECT_EQ(decoded("[{\"application\":\"a\",\"event\":\"e\"}] \n"),
              Results{line(R"(application="a" event="e")")});
}

TEST(Decoder, IsReadyForTheNextPacketAfterABrokenOne) {
    test::ResultCollector collector;
    Decoder decoder({});
    for (const std::string_view packet :
         {std::string_view(R"({"application":"left over","event":"e","x":{"y":)"),
          std::string_view(R"({"event":"e","x":1})")}) {
        decoder.decode({packet, packet.size(), {}, {}}, collector);
    }
    EXPECT_EQ(collector.results, (Results{"refused: syntax", "refused: no_application"}));
}

TEST(Decoder, NaNAndInfinityAreTexts) {
    EXPECT_EQ(decoded(R"({"application":NaN,"event":-Infinity,"increment":Infinity})"),
              Results{"refused: bad_increment"});
    EXPECT_EQ(decoded(R"({"application":NaN,"event":-Infinity})"),
              Results{line(R"(application="NaN" event="-Infinity")")});
}

}  // namespace
}  // namespace eventfwd

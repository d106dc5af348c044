#include "sinks/hec/hec_body.h"

#include <gtest/gtest.h>

#include "core/compress/gzip.h"

namespace eventfwd {
namespace {

const std::string kLine = R"(2011-08-08T11:45:17.735045Z application="shop" event="a\\b")";

// The body of a batch of LINES, the journal's own, numbered from 7.
std::string body(const HecEnvelope& envelope, const std::vector<std::string>& lines,
                 const std::vector<std::string>& sources, bool is_replay = false) {
    std::string text;
    std::string source_text;
    for (const std::string& line : lines)
        text += line + "\n";
    for (const std::string& line : sources)
        source_text += line + "\n";
    const auto count = static_cast<std::uint32_t>(lines.size());
    const LineRun run{7, count, text};
    const LineRun source{7, count, source_text};
    const Batch batch{{&run, 1}, {&source, 1}, count, is_replay};
    ByteBuffer out;
    HecBodyWriter(envelope, "j1").append(out, batch);
    return std::string(out.view());
}

HecEnvelope envelope() {
    HecEnvelope envelope;
    envelope.host = "web-1";
    envelope.index = "main";
    envelope.fields = {{"datacenter", "a\"b"}};
    return envelope;
}

TEST(HecRequest, WritesOneObjectAnEvent) {
    EXPECT_EQ(body(envelope(), {kLine, "x"}, {kLine, "no line"}),
              R"({"time":1312803917.735045,"host":"web-1","source":"eventfwd",)"
              R"("sourcetype":"eventfwd","index":"main",)"
              R"("event":"2011-08-08T11:45:17.735045Z application=\"shop\" event=\"a\\\\b\"",)"
              R"("fields":{"datacenter":"a\"b","eventfwd_id":"j1-7"}})"
              R"({"host":"web-1","source":"eventfwd","sourcetype":"eventfwd","index":"main",)"
              R"("event":"x","fields":{"datacenter":"a\"b","eventfwd_id":"j1-8"}})");
}

TEST(HecRequest, LeavesOutWhatIsEmptyAndSaysThatAnEventIsReplayed) {
    HecEnvelope bare;
    bare.source = bare.sourcetype = "";
    EXPECT_EQ(
        body(bare, {"x"}, {"1969-12-31T23:59:58.500000Z a"}, true),
        R"({"time":-1.500000,"event":"x","fields":{"eventfwd_id":"j1-7","replayed":"true"}})");
}

TEST(HecRequest, AnObjectStandsAsItIs) {
    HecEnvelope bare;
    bare.source = bare.sourcetype = "";
    bare.has_objects = true;
    EXPECT_EQ(body(bare, {R"({"a":"b"})", "text"}, {"", ""}),
              R"({"event":{"a":"b"},"fields":{"eventfwd_id":"j1-7"}})"
              R"({"event":"text","fields":{"eventfwd_id":"j1-8"}})");
}

TEST(HecRequest, RawIsTheLinesAndAQuery) {
    HecEnvelope raw = envelope();
    raw.endpoint = HecEndpoint::raw;
    raw.source = "a&b c";
    EXPECT_EQ(body(raw, {"one", "two"}, {"", ""}), "one\ntwo\n");
    const auto url = Url::parse("https://h:1/proxy");
    EXPECT_EQ(hec_target(raw, *url, "C"),
              "/proxy/services/collector/raw?channel=C&host=web-1&source=a%26b%20c&"
              "sourcetype=eventfwd&index=main");
    EXPECT_EQ(hec_target(envelope(), *url, "C"), "/proxy/services/collector/event");
}

TEST(HecRequest, AHeadEndsWithAnEmptyLine) {
    std::string head;
    append_hec_head(head, {"/t", "h:1", "secret", "C", "a=b", true, 12});
    EXPECT_EQ(head,
              "POST /t HTTP/1.1\r\nHost: h:1\r\nAuthorization: Splunk secret\r\n"
              "User-Agent: eventfwd\r\nAccept-Encoding: identity\r\n"
              "Content-Type: application/json\r\n"
              "Content-Encoding: gzip\r\nX-Splunk-Request-Channel: C\r\nCookie: a=b\r\n"
              "Content-Length: 12\r\n\r\n");
}

}  // namespace
}  // namespace eventfwd

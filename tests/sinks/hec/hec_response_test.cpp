#include "sinks/hec/hec_response.h"

#include <gtest/gtest.h>

#include "core/compress/gzip.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using Kind = Outcome::Kind;

constexpr Instant kNow{std::chrono::seconds(784'111'777)};  // Sun, 06 Nov 1994 08:49:37 GMT

std::string splunk(int code, const std::string& more = "") {
    return R"({"text":"Words","code":)" + std::to_string(code) + more + "}";
}

Outcome outcome(unsigned status, const std::string& body, const std::string& retry_after = "") {
    return outcome_of({status, retry_after, body, {}}, 10, kNow);
}

TEST(HecResponse, EveryCodeMeansWhatTheTableSays) {
    struct Row {
        unsigned status;
        int code;
        Kind kind;
    };
    for (const Row& row : {
             Row{200, 0, Kind::delivered}, {403, 1, Kind::hold},       {401, 2, Kind::hold},
             {401, 3, Kind::hold},         {403, 4, Kind::hold},       {400, 5, Kind::reject},
             {400, 6, Kind::reject},       {400, 7, Kind::hold},       {500, 8, Kind::try_again},
             {503, 9, Kind::try_again},    {400, 10, Kind::hold},      {400, 11, Kind::hold},
             {400, 12, Kind::reject},      {400, 13, Kind::reject},    {400, 14, Kind::hold},
             {400, 15, Kind::reject},      {400, 16, Kind::hold},      {200, 17, Kind::try_again},
             {503, 18, Kind::try_again},   {503, 19, Kind::try_again}, {503, 20, Kind::try_again},
             {503, 23, Kind::try_again},   {200, 24, Kind::delivered}, {200, 25, Kind::delivered},
             {429, 26, Kind::try_again},   {429, 27, Kind::try_again}, {400, 99, Kind::try_again},
             {201, 0, Kind::delivered},    {202, 0, Kind::delivered},  {203, 0, Kind::try_again},
             {400, 0, Kind::try_again},    {400, 9, Kind::try_again},  {200, 6, Kind::reject},
         }) {
        EXPECT_EQ(outcome(row.status, splunk(row.code)).kind, row.kind)
            << "code " << row.code << ", HTTP " << row.status;
    }
}

TEST(HecResponse, SomeStatusesDecideWhoeverSpeaks) {
    struct Row {
        unsigned status;
        Kind kind;
        std::size_t in_doubt;
    };
    for (const Row& row : {
             Row{401, Kind::hold, 0},
             {403, Kind::hold, 0},
             {404, Kind::try_again, 0},
             {408, Kind::try_again, 0},
             {413, Kind::reject, 0},
             {429, Kind::try_again, 0},
             {500, Kind::try_again, 10},
             {502, Kind::try_again, 10},
             {503, Kind::try_again, 0},
             {504, Kind::try_again, 10},
             {520, Kind::try_again, 10},
             {524, Kind::try_again, 10},
             {599, Kind::try_again, 10},
             {200, Kind::try_again, 10},
             {204, Kind::try_again, 10},
             {302, Kind::try_again, 0},
             {400, Kind::try_again, 0},
         }) {
        for (const std::string body :
             {"", "<html>a proxy</html>", "[]", "{}", R"({"code":"zero"})", R"({"code":-1})",
              R"({"code":0.5})", R"({"code":""})", R"({"code":0)", "null"}) {
            const Outcome found = outcome(row.status, body);
            EXPECT_EQ(found.kind, row.kind) << row.status << " " << body;
            EXPECT_EQ(found.in_doubt, row.in_doubt) << row.status << " " << body;
        }
    }
    EXPECT_EQ(outcome(404, splunk(0)).kind, Kind::try_again);
}

TEST(HecResponse, ARejectedEventIsNamedWithSplunksWords) {
    const Outcome found = outcome(400, splunk(12, R"(,"invalid-event-number":3)"));
    EXPECT_EQ(found.kind, Kind::reject);
    EXPECT_EQ(found.culprit, 3U);
    EXPECT_EQ(found.reason, "hec_12");
    EXPECT_EQ(found.text, "Words (code 12, HTTP 400)");
    EXPECT_EQ(found.in_doubt, 3U);  // what stands before it may have been taken
    EXPECT_FALSE(outcome(400, splunk(12)).culprit);
    EXPECT_EQ(outcome(400, splunk(12)).in_doubt, 9U);  // it may have stumbled over the last
    EXPECT_FALSE(outcome(400, splunk(12, R"(,"invalid-event-number":-1)")).culprit);
    EXPECT_FALSE(outcome(400, splunk(12, R"(,"invalid-event-number":"3")")).culprit);
    EXPECT_EQ(outcome(413, "").reason, "too_large");
}

TEST(HecResponse, ABusyServerMayHaveTakenWhatStandsBeforeItsNumber) {
    const Outcome found = outcome(503, splunk(9, R"(,"invalid-event-number":4)"));
    EXPECT_EQ(found.kind, Kind::try_again);
    EXPECT_EQ(found.settled, 0U);
    EXPECT_EQ(found.in_doubt, 4U);
    EXPECT_EQ(outcome(503, splunk(9, R"(,"invalid-event-number":99)")).in_doubt, 10U);
}

TEST(HecResponse, AServersWordsCannotCommandALogOrATerminal) {
    const auto text = [](const std::string& escaped) {
        return parse_hec_answer(R"({"code":9,"text":")" + escaped + R"("})")->text;
    };
    EXPECT_EQ(text(R"(busy\n2026 ERROR forged\u001b[31m\u007f)"), "busy 2026 ERROR forged [31m ");
    const std::string cut = text(std::string(1023, 'x') + "\u00e9\u00e9");
    EXPECT_EQ(cut, std::string(1023, 'x') + "\u00e9");
}

TEST(HecResponse, KnowsItsAcknowledgement) {
    EXPECT_EQ(parse_hec_answer(splunk(0, R"(,"ackId":7)"))->ack_id, 7U);
    EXPECT_FALSE(parse_hec_answer(splunk(0))->ack_id);
}

TEST(HecResponse, ObeysRetryAfter) {
    EXPECT_EQ(outcome(503, splunk(9), "7").after, 7s);
    EXPECT_EQ(outcome(429, "", "Sun, 06 Nov 1994 08:50:37 GMT").after, 1min);
    EXPECT_FALSE(outcome(503, splunk(9)).after);
    EXPECT_FALSE(outcome(503, splunk(9), "soon").after);
}

TEST(RetryAfter, IsSecondsOrADate) {
    EXPECT_EQ(parse_retry_after("0", kNow), 0s);
    EXPECT_EQ(parse_retry_after("120", kNow), 120s);
    EXPECT_EQ(parse_retry_after("Sunday, 06-Nov-94 08:49:47 GMT", kNow), 10s);
    EXPECT_EQ(parse_retry_after("Sun Nov  6 08:49:57 1994", kNow), 20s);
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", kNow), 0s);
    EXPECT_EQ(parse_retry_after("99999999999999999999999", kNow), 365 * 24h);
    for (const char* text : {"", "-1", "1.5", "1 s", "tomorrow", "Sun, 06 Nov 1994 08:49:37 GMT x"})
        EXPECT_FALSE(parse_retry_after(text, kNow)) << text;
}

TEST(HecResponse, WhatComesAgainThoughItMayHaveBeenTakenIsInDoubt) {
    struct Row {
        unsigned status;
        int code;
        std::size_t in_doubt;
    };
    for (const Row& row : {
             Row{203, 0, 10},   // says that all is well, in a way that is not Splunk's
             Row{200, 99, 10},  // may say so
             Row{202, 17, 10},
             Row{400, 0, 10},  // contradicts itself
             Row{500, 24, 10},
             Row{302, 0, 10},
             Row{200, 9, 10},
             Row{503, 9, 0},
             Row{500, 8, 0},
             Row{400, 99, 0},
             Row{429, 26, 0},
         }) {
        const Outcome found = outcome(row.status, splunk(row.code));
        EXPECT_EQ(found.kind, Kind::try_again) << "code " << row.code << ", HTTP " << row.status;
        EXPECT_EQ(found.in_doubt, row.in_doubt) << "code " << row.code << ", HTTP " << row.status;
    }
}

TEST(HecResponse, ACodeIsANumberHoweverItIsWritten) {
    for (const char* code : {"0", "0.0", "\"0\"", "-0.0", "0e3"})
        EXPECT_EQ(outcome(200, "{\"code\":" + std::string(code) + "}").kind, Kind::delivered)
            << code;
    EXPECT_EQ(outcome(400, R"({"code":"6"})").kind, Kind::reject);
    EXPECT_EQ(outcome(400, R"({"code":7.0})").kind, Kind::hold);
    for (const char* code : {"0.1", "\" 0\"", "\"0x0\"", "1e300", "[0]", "true"})
        EXPECT_FALSE(parse_hec_answer("{\"code\":" + std::string(code) + "}")) << code;
}

TEST(HecResponse, ABodyIsReadAroundWhatAProxyDidToIt) {
    const std::string body = splunk(0);
    EXPECT_EQ(plain_body(body), body);
    EXPECT_EQ(plain_body("\xEF\xBB\xBF" + body), body);
    ByteBuffer packed;
    Gzip(1).append(packed, "\xEF\xBB\xBF" + body);
    EXPECT_EQ(plain_body(std::string(packed.view())), body);
    EXPECT_EQ(outcome(200, " \r\n\t" + body + "\r\n ").kind, Kind::delivered);
    // What cannot be unpacked stays what it is, and is none of Splunk's.
    ByteBuffer bomb;
    Gzip(1).append(bomb, std::string(kHecBodyBytesMax + 1, ' '));
    for (const std::string& other :
         {std::string(bomb.view()), std::string("\x1F\x8B\x08 no"),
          std::string(packed.view().substr(0, packed.view().size() - 1))})
        EXPECT_EQ(plain_body(other), other);
}

}  // namespace
}  // namespace eventfwd

#include "daemon/control/control_requests.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <vector>

#include "core/text/utf8.h"

namespace eventfwd {
namespace {

// Notes what it is asked, and answers what the test wants; a failure, where there is one.
class NotingOperations final : public Operations {
  public:
    std::string status() override {
        asked.emplace_back("status");
        return status_text;
    }
    Result<> change_sink(std::string_view sink, SinkVerb verb) override {
        const char* const verbs[] = {"pause", "resume", "skip to end", "stop replay"};
        asked.push_back(std::string(verbs[static_cast<int>(verb)]) + " " + std::string(sink));
        if (is_failing()) return failure(reason);
        return {};
    }
    Result<SequenceRange> replay(const ReplayRequest& request) override {
        asked.push_back("replay " + to_text(request));
        if (is_failing()) return failure(reason);
        return SequenceRange{7, 9};
    }
    Result<LetterCensus> count_letters(const NumberRanges& numbers) override {
        asked.push_back("letters " + to_text(numbers));
        if (is_failing()) return failure(reason);
        return LetterCensus{{{"input game", 1}, {"sink splunk", 2}}, 3, 17};
    }
    Result<std::uint64_t> retry_sink(const RetryRequest& request) override {
        asked.push_back("retry " + to_text(request));
        if (is_failing()) return failure(reason);
        return 5;
    }
    Result<LettersTaken> retry_input(const RetryRequest& request) override {
        asked.push_back("retry " + to_text(request));
        if (is_failing()) return failure(reason);
        return taken;
    }
    bool is_failing() const { return !reason.empty(); }

    std::vector<std::string> asked;
    std::string status_text = R"({"version":"1"})";
    std::string reason;  // of a failure; empty: all goes well
    LettersTaken taken;
};

class ControlRequestsTest : public testing::Test {
  protected:
    std::string ask(std::string_view request) { return answer_request(request, operations_); }
    // What the last request has asked of the daemon; empty: nothing.
    std::string asked(std::string_view request) {
        operations_.asked.clear();
        ask(request);
        EXPECT_LE(operations_.asked.size(), 1U);
        return operations_.asked.empty() ? "" : operations_.asked[0];
    }

    NotingOperations operations_;
};

TEST_F(ControlRequestsTest, AnswersTheStatusAsItIs) {
    EXPECT_EQ(ask("status"), R"({"version":"1"})");
}

TEST_F(ControlRequestsTest, AsksEveryVerbOfASink) {
    EXPECT_EQ(asked("sink splunk pause"), "pause splunk");
    EXPECT_EQ(asked("sink splunk resume"), "resume splunk");
    EXPECT_EQ(asked("sink splunk skip-to-end"), "skip to end splunk");
    EXPECT_EQ(asked("sink splunk stop-replay"), "stop replay splunk");
    EXPECT_EQ(ask("sink splunk pause"), R"({"done":true})");
}

TEST_F(ControlRequestsTest, AnswersAReplayWithItsRange) {
    EXPECT_EQ(ask("replay splunk from 7 to 9"), R"({"first":7,"last":9})");
    EXPECT_EQ(asked("replay splunk from 7 to 9"), "replay splunk from 7 to 9");
}

TEST_F(ControlRequestsTest, CountsLettersByTheirOrigin) {
    EXPECT_EQ(ask("letters"),
              R"({"waiting":{"input game":1,"sink splunk":2},"resolved":3,"last":17})");
    EXPECT_EQ(asked("letters"), "letters ");
    EXPECT_EQ(asked("letters 3-5 9"), "letters 3-5 9");
}

TEST_F(ControlRequestsTest, AnswersARetryOfASinkWithItsTotal) {
    EXPECT_EQ(ask("retry sink splunk after 0"), R"({"total":5})");
    EXPECT_EQ(asked("retry sink splunk after 3 4-6"), "retry sink splunk after 3 4-6");
}

TEST_F(ControlRequestsTest, AnswersARetryOfAnInputWithWhatCameOfIt) {
    operations_.taken.accepted = 4;
    operations_.taken.events = 6;
    operations_.taken.refused = 1;
    operations_.taken.reasons[static_cast<std::size_t>(Refusal::syntax)] = 1;
    operations_.taken.unreadable = 2;
    operations_.taken.last = 9;
    operations_.taken.is_over = true;
    operations_.taken.unsynced = 3;
    EXPECT_EQ(ask("retry input game after 0"),
              R"({"accepted":4,"events":6,"refused":{"syntax":1},"unreadable":2,"last":9,)"
              R"("is_over":true,"unsynced":3,"failure":null})");
    operations_.taken.failure = "the journal is full";
    EXPECT_TRUE(ask("retry input game after 0").contains(R"("failure":"the journal is full")"));
}

TEST_F(ControlRequestsTest, AnswersAFailureWithItsReason) {
    operations_.reason = "there is no sink \"x\"";
    for (const char* request : {"sink x pause", "replay x from 1", "letters",
                                "retry sink x after 0", "retry input x after 0"}) {
        EXPECT_EQ(ask(request), R"({"error":"there is no sink \"x\""})") << request;
    }
}

TEST_F(ControlRequestsTest, RefusesWhatItDoesNotKnowAndAsksNothing) {
    for (const char* request : {"",
                                " ",
                                "status ",
                                "STATUS",
                                "stop",
                                "sink",
                                "sink splunk",
                                "sink splunk explode",
                                "sink splunk pause now",
                                "replay",
                                "replay splunk",
                                "replay splunk from x",
                                "letters three",
                                "letters 5-3",
                                "retry",
                                "retry sink",
                                "retry sink splunk",
                                "retry queue x after 0",
                                "retry sink splunk after x",
                                "retry sink splunk after 1 x"}) {
        EXPECT_EQ(ask(request), R"({"error":"unknown request; is the daemon of another version?"})")
            << request;
    }
    EXPECT_TRUE(operations_.asked.empty());
}

// A path may hold any byte, and a name on the command line may, too.
TEST_F(ControlRequestsTest, AnswersInUtf8WhateverTheBytesAre) {
    EXPECT_EQ(asked("sink b\377d pause"), "pause b\377d");
    operations_.reason = "there is no sink b\377d";
    operations_.status_text = "{\"path\":\"/a\xC3\"}";
    for (const char* request : {"sink b\377d pause", "retry input b\377d after 0", "status"}) {
        const std::string answer = ask(request);
        EXPECT_TRUE(is_valid_utf8(answer)) << answer;
        boost::system::error_code error;
        EXPECT_TRUE(boost::json::parse(answer, error).is_object()) << answer;
    }
}

TEST_F(ControlRequestsTest, AnswersOnOneLineWhateverTheReason) {
    operations_.reason = "one\ntwo";
    EXPECT_EQ(ask("sink x pause"), R"({"error":"one\ntwo"})");
}

}  // namespace
}  // namespace eventfwd

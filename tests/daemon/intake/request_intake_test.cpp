#include "daemon/intake/request_intake.h"

#include <fmt/format.h>

#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

using test::Found;

class RequestIntakeTest : public test::JournalFixture<> {
  protected:
    RequestIntakeTest() : letters_({directory_ / "letters", 1 << 20}, files_) {
        intake_options_.name = "web";
        intake_options_.decode.packet_bytes_max = 64 << 20;
    }

    void make() {
        open();
        intake_ = std::make_unique<RequestIntake>(intake_options_, *journal_, letters_, probe_);
    }
    Result<TakenRequest> take(std::string_view body, std::string_view application = {}) {
        return intake_->take(body, {clock_.now(), "127.0.0.1:4711", application});
    }
    std::uint64_t refused(Refusal reason) {
        return intake_->counts().refused[static_cast<std::size_t>(reason)];
    }

    IntakeOptions intake_options_;
    DeadLetters letters_;
    IntakeProbe probe_;
    std::unique_ptr<RequestIntake> intake_;
};

TEST_F(RequestIntakeTest, JournalsABodyAndGivesItsNumbers) {
    make();
    append({"before"});
    const auto taken = take(R"([{"application":"a","event":"1"},{"application":"a","event":"2"}])");
    ASSERT_TRUE(taken);
    ASSERT_TRUE(taken->numbers);
    EXPECT_EQ(taken->numbers->first, 2U);
    EXPECT_EQ(taken->numbers->last, 3U);
    EXPECT_EQ(taken->accepted, 2U);
    EXPECT_EQ(intake_->counts().packets, 1U);
    EXPECT_EQ(intake_->counts().received, 2U);
    EXPECT_EQ(intake_->counts().accepted, 2U);
}

TEST_F(RequestIntakeTest, TakesTheGoodEventsAndKeepsTheBadOnesWithTheirSender) {
    make();
    const auto taken = take("application=a event=1\nevent=2\napplication=a event=3");
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->accepted, 2U);
    ASSERT_EQ(taken->refused.size(), 1U);
    EXPECT_EQ(taken->refused[0].index, 1U);
    EXPECT_EQ(taken->refused[0].fault.describe(taken->refused[0].piece),
              "no_application: expected the name of an application");
    const auto letters = read_dead_letters(files_, directory_ / "letters").value();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(parse_letter(letters[0].json)->sender, "127.0.0.1:4711");
    EXPECT_EQ(origin_of(letters[0].json), "input web");
    EXPECT_EQ(refused(Refusal::no_application), 1U);
    EXPECT_EQ(intake_->counts().received, 3U);
}

TEST_F(RequestIntakeTest, TakesTheApplicationOfTheKeyBeforeThatOfTheInput) {
    intake_options_.application = "input";
    make();
    ASSERT_TRUE(take("event=1"));
    ASSERT_TRUE(take("event=2", "key"));
    ASSERT_TRUE(take("application=own event=3", "key"));
    const Found lines = read();
    EXPECT_TRUE(lines[0].contains("application=\"input\""));
    EXPECT_TRUE(lines[1].contains("application=\"key\""));
    EXPECT_TRUE(lines[2].contains("application=\"own\""));
}

TEST_F(RequestIntakeTest, JournalsNothingOfABodyWithoutAnEvent) {
    make();
    const auto taken = take("{broken");
    ASSERT_TRUE(taken);
    EXPECT_FALSE(taken->numbers);
    EXPECT_EQ(journal_->status().last, 0U);
    EXPECT_EQ(refused(Refusal::syntax), 1U);
}

TEST_F(RequestIntakeTest, AnswersThatThereIsNoRoomAndCountsNothing) {
    options_.segment_bytes = 64 << 10;
    options_.bytes_max = 4 << 20;
    options_.when_full = WhenFull::refuse;
    make();
    journal_->cursors().hold("lines", 0);
    const std::string body = "application=a event=1 x=" + std::string(60'000, 'x') + "\n{broken";
    Result<TakenRequest> last = take(body);
    std::uint64_t requests = 0;
    for (; last && requests < 1000; ++requests)
        last = take(body);
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().code, ENOSPC);
    EXPECT_EQ(intake_->counts().packets, requests);
    EXPECT_EQ(intake_->counts().accepted, journal_->status().last);
    EXPECT_EQ(letters_.counts().kept, requests);
}

TEST_F(RequestIntakeTest, TakesManyBlocksAtOnce) {
    make();
    std::string body;
    for (int n = 0; n < 50'000; ++n)
        body += fmt::format("application=a event={} n={}\n", n % 7, n);
    const auto taken = take(body);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->numbers->last - taken->numbers->first + 1, 50'000U);
    EXPECT_EQ(journal_->status().segments, 1U);
    EXPECT_EQ(read().size(), 50'000U);
}

TEST_F(RequestIntakeTest, RefusesABodyThatRendersToMoreThanOneAppendTakes) {
    make();
    std::string body;
    const std::string line = "application=a event=1 x=" + std::string(60'000, 'x') + "\n";
    for (std::size_t bytes = 0; bytes <= kAppendBytesMax; bytes += line.size())
        body += line;
    const auto taken = take(body);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, E2BIG);
    EXPECT_EQ(journal_->status().last, 0U);
    EXPECT_EQ(intake_->counts().packets, 0U);
    EXPECT_TRUE(take("application=a event=1")) << "the next one is taken";
}

}  // namespace
}  // namespace eventfwd

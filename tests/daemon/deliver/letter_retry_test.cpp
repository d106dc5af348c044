#include "daemon/deliver/letter_retry.h"

#include "daemon/deliver/batcher.h"
#include "daemon/deliver/courier.h"
#include "support/journal_fixture.h"
#include "support/wait.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::Found;

std::string line_of(const std::string& application) {
    return "2011-08-08T11:45:17.735045Z application=\"" + application + "\" event=\"e\"";
}

class LetterRetryTest : public test::JournalFixture<> {
  protected:
    LetterRetryTest() : letters_({directory_ / "letters", 1 << 20}, files_) {}

    void keep(const std::string& line, std::uint64_t sequence, const std::string& from = "sink s") {
        ASSERT_TRUE(
            letters_.keep(DeadLetter{{}, from, "bad_path", "a link", line, line.size(), sequence}));
    }
    std::unique_ptr<LetterRetry> make(LetterChoice choice = {.from = "sink s"}) {
        return LetterRetry::make(letters_, std::move(choice)).value();
    }
    bool load(LetterRetry& retry, InFlightBatch& in_flight, std::size_t count_max = 100) {
        in_flight.reserve(1 << 20);
        const auto loaded = retry.load(in_flight, 1 << 19, count_max).value();
        if (loaded) in_flight.keep(batcher_.make(in_flight.runs()));
        return loaded;
    }
    // All that RETRY gives, with its numbers, settled but for the lines in REFUSED.
    Found run(LetterRetry& retry, std::size_t count_max = 100,
              const std::vector<std::string>& refused = {}) {
        Found found;
        while (true) {
            InFlightBatch in_flight(io_);
            if (!load(retry, in_flight, count_max)) return found;
            std::vector<RefusedLine> refusals;
            LineWalk walk(in_flight.batch.runs);
            for (std::size_t index = 0; index < in_flight.batch.count; ++index) {
                std::string_view line = walk.next();
                line.remove_suffix(1);
                found.push_back(std::to_string(walk.sequence()) + " " + std::string(line));
                if (std::ranges::find(refused, line) == refused.end()) continue;
                refusals.push_back({index, "bad_path", "a link"});
            }
            retry.settle(in_flight, refusals);
        }
    }
    std::string waiting() {
        NumberRanges found;
        LetterWalk walk = letters_.walk({});
        while (const auto letter = walk.next().value())
            found.add(letter->number);
        return to_text(found);
    }

    boost::asio::io_context io_;
    DeadLetters letters_;
    Batcher batcher_{{}, Form::line};
};

TEST_F(LetterRetryTest, GivesTheLettersOfItsSinkWithTheirNumbersAndMarksThem) {
    keep("a", 7);
    keep("b", 8, "sink other");
    keep("c", 9);
    const auto retry = make();
    EXPECT_EQ(retry->status().total, 2U);
    EXPECT_FALSE(retry->is_replay());
    EXPECT_EQ(run(*retry), (Found{"7 a", "9 c"}));
    EXPECT_EQ(retry->status().sent, 2U);
    EXPECT_TRUE(retry->status().is_over);
    EXPECT_EQ(waiting(), "10001");  // the other sink's file begins far behind the first one's
    EXPECT_EQ(make()->status().total, 0U);
}

TEST_F(LetterRetryTest, WhatIsRefusedAgainStays) {
    for (const char* line : {"a", "b", "c", "d"})
        keep(line, static_cast<std::uint64_t>(line[0]));
    const auto retry = make();
    EXPECT_EQ(run(*retry, 3, {"a", "c"}).size(), 4U);
    EXPECT_EQ(retry->status().sent, 2U);
    EXPECT_EQ(retry->status().refused, 2U);
    EXPECT_EQ(retry->status().last_refusal, "bad_path: a link");
    EXPECT_EQ(waiting(), "1 3");
}

TEST_F(LetterRetryTest, GivesABatchThatWasNotSettledAgainAndMarksNothingMeanwhile) {
    keep("a", 1);
    keep("b", 2);
    const auto retry = make();
    for (int attempt = 0; attempt < 2; ++attempt) {
        InFlightBatch in_flight(io_);
        ASSERT_TRUE(load(*retry, in_flight));
        EXPECT_EQ(in_flight.batch.count, 2U);
    }
    EXPECT_EQ(waiting(), "1-2");
    EXPECT_EQ(run(*retry), (Found{"1 a", "2 b"}));
    EXPECT_EQ(waiting(), "");
}

TEST_F(LetterRetryTest, NumbersAscendInABatchWhateverTheLettersOrder) {
    keep("late", 30);
    keep("early", 10);
    keep("same", 10);
    EXPECT_EQ(run(*make()), (Found{"10 early", "10 same", "30 late"}));
    EXPECT_EQ(waiting(), "");
}

TEST_F(LetterRetryTest, WhatTheSinksMatchLeavesOutNowStays) {
    MatchOptions match;
    match.application = GlobList({"shop"});
    batcher_ = Batcher(match, Form::line);
    keep(line_of("shop"), 1);
    keep(line_of("blog"), 2);
    keep(line_of("shop"), 3);
    keep(line_of("blog"), 4);
    const auto retry = make();
    EXPECT_EQ(run(*retry, 100, {line_of("shop")}).size(), 2U);
    EXPECT_EQ(retry->status().refused, 2U);
    EXPECT_EQ(run(*make()).size(), 2U);
    EXPECT_EQ(retry->status().left_out, 2U);
    EXPECT_EQ(waiting(), "2 4");
}

TEST_F(LetterRetryTest, ALetterWithoutALineOrItsNumberIsSkippedAndStays) {
    keep("two\nlines", 1);
    keep("a", 2);
    keep("b", 0);
    const auto retry = make();
    EXPECT_EQ(run(*retry), Found{"2 a"});
    EXPECT_EQ(retry->status().gone, 2U);
    EXPECT_EQ(waiting(), "1 3");
}

TEST_F(LetterRetryTest, LettersThatComeLaterAreNotMeant) {
    keep("a", 1);
    const auto retry = make();
    keep("b", 2);
    EXPECT_EQ(run(*retry), Found{"1 a"});
    EXPECT_EQ(waiting(), "2");
}

// A destination that refuses what the test says, and forgets what was never synced.
struct Shelf {
    std::mutex mutex;
    Found lines;
    std::string refuses;
    int failing_syncs = 0;
    int replays = 0;

    std::size_t count() {
        const std::lock_guard lock(mutex);
        return lines.size();
    }
};

class ShelfSink final : public Sink {
  public:
    explicit ShelfSink(Shelf& shelf) : shelf_(shelf) {}
    boost::asio::awaitable<Outcome> send(const Batch& batch, Checkpoint&) override {
        const std::lock_guard lock(shelf_.mutex);
        if (batch.is_replay) ++shelf_.replays;
        Outcome outcome = Outcome::delivered();
        LineWalk walk(batch.runs);
        for (std::size_t index = 0; index < batch.count; ++index) {
            std::string_view line = walk.next();
            line.remove_suffix(1);
            if (!shelf_.refuses.empty() && line.contains(shelf_.refuses)) {
                outcome.refused.push_back({index, "rejected", "it is not wanted"});
            } else {
                shelf_.lines.push_back(std::to_string(walk.sequence()) + " " + std::string(line));
            }
        }
        co_return outcome;
    }
    Result<> sync() override {
        const std::lock_guard lock(shelf_.mutex);
        if (shelf_.failing_syncs > 0 && shelf_.failing_syncs-- > 0) return failure("sync failed");
        return {};
    }

  private:
    Shelf& shelf_;
};

class LettersOfACourierTest : public LetterRetryTest {
  protected:
    void start() {
        CourierOptions options;
        options.name = "s";
        options.retry = {1ms, 2ms};
        courier_ = std::make_unique<Courier>(options, std::make_unique<ShelfSink>(shelf_),
                                             *journal_, letters_, clock_, courier_probe_);
        courier_->start();
    }
    void retry() { ASSERT_TRUE(courier_->carry(make())); }
    bool is_over() {
        return eventually([&] {
            const auto status = courier_->status();
            return status.redelivery && status.redelivery->is_over;
        });
    }
    void refuse(const std::string& text) {
        const std::lock_guard lock(shelf_.mutex);
        shelf_.refuses = text;
    }
    void TearDown() override {
        courier_->stop(std::chrono::steady_clock::now() + 5s);
        courier_->join();
    }

    Shelf shelf_;
    CourierProbe courier_probe_;
    std::unique_ptr<Courier> courier_;
};

TEST_F(LettersOfACourierTest, WhatWasRefusedGoesOutWithItsNumberWhenItIsRetried) {
    open();
    append({"a", "bad 1", "b", "bad 2"});
    refuse("bad");
    start();
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.dead_lettered == 2; }));
    refuse("bad 2");
    retry();
    ASSERT_TRUE(is_over());
    EXPECT_EQ(shelf_.lines, (Found{"1 a", "3 b", "2 bad 1"}));
    const CourierStatus status = courier_->status();
    EXPECT_EQ(status.redelivery->sent, 1U);
    EXPECT_EQ(status.redelivery->refused, 1U);
    EXPECT_EQ(status.ledger.letters_delivered, 1U);
    EXPECT_EQ(status.ledger.replayed, 0U);
    EXPECT_EQ(status.ledger.delivered, 2U);
    EXPECT_EQ(shelf_.replays, 0);
    EXPECT_EQ(waiting(), "2") << "no second letter is written";
}

TEST_F(LettersOfACourierTest, ALetterIsMarkedOnlyWhenItsLineIsDurable) {
    open();
    append({"bad"});
    refuse("bad");
    start();
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.dead_lettered == 1; }));
    refuse("");
    {
        const std::lock_guard lock(shelf_.mutex);
        shelf_.failing_syncs = 1'000'000;
    }
    retry();
    ASSERT_TRUE(eventually([&] {
        const std::lock_guard lock(shelf_.mutex);
        return shelf_.failing_syncs < 1'000'000;
    }));
    EXPECT_EQ(waiting(), "1");
    {
        const std::lock_guard lock(shelf_.mutex);
        shelf_.failing_syncs = 0;
    }
    ASSERT_TRUE(is_over());
    EXPECT_EQ(waiting(), "");
    EXPECT_EQ(shelf_.count(), 1U) << "the sync is repeated, and not the line";
    EXPECT_EQ(courier_->status().ledger.letters_delivered, 1U);
}

}  // namespace
}  // namespace eventfwd

#include "daemon/intake/dead_letter_intake.h"

#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

using test::Found;

class LetterIntakeTest : public test::JournalFixture<> {
  protected:
    LetterIntakeTest() : letters_({directory_ / "letters", 1 << 20}, files_) {}

    void make() { intake_ = std::make_unique<DeadLetterIntake>(*journal_, letters_); }
    void keep(const std::string& bytes, std::size_t true_bytes = 0) {
        ASSERT_TRUE(letters_.keep({clock_.now(),
                                   "input local",
                                   "syntax",
                                   {},
                                   bytes,
                                   std::max(true_bytes, bytes.size())}));
    }
    LettersTaken take(const IntakeOptions& options = {}, std::uint64_t after = 0,
                      std::size_t bytes_max = 1 << 20) {
        const auto taken =
            intake_->take(options, {.from = "input local", .after = after}, bytes_max);
        EXPECT_TRUE(taken) << taken.error().message;
        return taken.value_or(LettersTaken{});
    }
    static IntakeOptions with_application(const std::string& application) {
        IntakeOptions options;
        options.application = application;
        return options;
    }
    static IntakeOptions of_packets_up_to(std::size_t bytes) {
        IntakeOptions options;
        options.decode.packet_bytes_max = bytes;
        return options;
    }
    void sync() {
        ASSERT_TRUE(journal_->sync());
        ASSERT_TRUE(intake_->mark_synced());
    }
    std::string waiting() {
        NumberRanges found;
        LetterWalk walk = letters_.walk({});
        while (const auto letter = walk.next().value())
            found.add(letter->number);
        return to_text(found);
    }
    static std::uint64_t reason(const LettersTaken& taken, Refusal refusal) {
        return taken.reasons[static_cast<std::size_t>(refusal)];
    }

    DeadLetters letters_;
    std::unique_ptr<DeadLetterIntake> intake_;
};

TEST_F(LetterIntakeTest, JournalsWhatItsOptionsTakeNowWithTheTimeOfTheLetter) {
    open();
    make();
    keep("event=login");
    keep("{broken");
    clock_.advance(std::chrono::hours(1));
    EXPECT_EQ(take().accepted, 0U);
    const LettersTaken taken = take(with_application("shop"));
    EXPECT_EQ(taken.accepted, 1U);
    EXPECT_EQ(taken.events, 1U);
    EXPECT_EQ(reason(taken, Refusal::syntax), 1U);
    EXPECT_EQ(taken.refused, 1U);
    EXPECT_TRUE(taken.is_over);
    const Found found = read();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].contains("application=\"shop\" event=\"login\"")) << found[0];
    const LettersTaken fresh = take(with_application("shop"));
    EXPECT_EQ(fresh.accepted, 0U) << "it waits for a sync, and is not taken twice";
}

TEST_F(LetterIntakeTest, MarksALetterWhenTheJournalHasItForGood) {
    open();
    make();
    keep("application=a event=1");
    EXPECT_EQ(take().unsynced, 1U);
    EXPECT_EQ(waiting(), "1");
    ASSERT_TRUE(intake_->mark_synced());
    EXPECT_EQ(waiting(), "1");
    sync();
    EXPECT_EQ(waiting(), "");
    EXPECT_EQ(take().accepted, 0U);
    EXPECT_EQ(read().size(), 1U);
}

TEST_F(LetterIntakeTest, WhereNothingIsEverSyncedALetterIsMarkedAtOnce) {
    options_.sync.when = SyncPolicy::When::never;
    open();
    make();
    keep("application=a event=1");
    EXPECT_EQ(take().unsynced, 0U);
    EXPECT_EQ(waiting(), "");
}

TEST_F(LetterIntakeTest, TakesAllEventsOfALetterOrNone) {
    open();
    make();
    keep("application=a event=1\napplication=a\napplication=a event=3");
    keep("application=a event=1\napplication=a event=2");
    const LettersTaken taken = take();
    EXPECT_EQ(reason(taken, Refusal::no_event), 1U);
    EXPECT_EQ(taken.accepted, 1U);
    EXPECT_EQ(taken.events, 2U);
    EXPECT_EQ(read().size(), 2U);
    sync();
    EXPECT_EQ(waiting(), "1");
}

TEST_F(LetterIntakeTest, ALetterThatWasCutIsNotTakenWhateverTheBound) {
    open();
    make();
    keep("application=a event=1", 3000);
    EXPECT_EQ(reason(take(of_packets_up_to(1 << 20)), Refusal::oversize), 1U);
    EXPECT_EQ(waiting(), "1");
}

TEST_F(LetterIntakeTest, ALetterOfMoreEventsThanAFrameHoldsIsTakenWhole) {
    open();
    make();
    std::string packet;
    for (int i = 0; i < 4000; ++i)
        packet += "{\"application\":\"a\",\"event\":\"e\"}";
    keep(packet);
    EXPECT_EQ(take(of_packets_up_to(1 << 20)).events, 4000U);
    EXPECT_EQ(read().size(), 4000U);
}

TEST_F(LetterIntakeTest, TakesAFewAtOnceAndGoesOnBehindThem) {
    open();
    make();
    for (int i = 0; i < 5; ++i)
        keep("application=a event=" + std::to_string(i));
    std::uint64_t after = 0;
    std::uint64_t accepted = 0;
    int calls = 0;
    for (bool is_over = false; !is_over; ++calls) {
        const LettersTaken taken = take({}, after, 200);
        after = taken.last;
        accepted += taken.accepted;
        is_over = taken.is_over;
    }
    EXPECT_GT(calls, 2);
    EXPECT_EQ(accepted, 5U);
    EXPECT_EQ(read().size(), 5U);
}

TEST_F(LetterIntakeTest, AFullJournalEndsItAndTheLettersStay) {
    options_.segment_bytes = 400;
    options_.bytes_max = 1200;
    options_.when_full = WhenFull::refuse;
    open();
    journal_->cursors().hold("sink", 0);
    make();
    for (int i = 0; i < 30; ++i)
        keep("application=a event=" + std::to_string(i));
    const LettersTaken taken = take();
    EXPECT_FALSE(taken.failure.empty());
    EXPECT_FALSE(taken.is_over);
    EXPECT_GT(taken.accepted, 0U);
    EXPECT_LT(taken.accepted, 30U);
    sync();
    EXPECT_EQ(waiting(), std::to_string(taken.accepted + 1) + "-30");
    EXPECT_EQ(read().size(), taken.accepted);
}

TEST_F(LetterIntakeTest, TakesALetterAsOftenAsItCame) {
    open();
    make();
    for (int n = 0; n < 5000; ++n)
        keep("event=tick");
    std::uint64_t calls = 0;
    LettersTaken taken;
    std::uint64_t accepted = 0;
    while (!taken.is_over) {
        taken = take(with_application("shop"), taken.last, 20'000);
        accepted += taken.accepted;
        ASSERT_LT(++calls, 1000U);
    }
    EXPECT_GT(calls, 10U) << "a call takes no more than it may";
    EXPECT_EQ(accepted, 5000U);
    EXPECT_EQ(journal_->status().last, 5000U);
    EXPECT_EQ(intake_->journaled(), 5000U);
    ASSERT_TRUE(journal_->sync());
    ASSERT_TRUE(intake_->mark_synced());
    EXPECT_EQ(letters_.counts().retried, 5000U);
    EXPECT_EQ(take(with_application("shop")).accepted, 0U);
}

TEST_F(LetterIntakeTest, RefusesALetterAsOftenAsItCame) {
    open();
    make();
    for (int n = 0; n < 5000; ++n)
        keep("event=tick");
    const LettersTaken taken = take({}, 0, 1000);
    EXPECT_TRUE(taken.is_over || taken.last == 1U);
    EXPECT_EQ(taken.refused, 5000U);
}

}  // namespace
}  // namespace eventfwd

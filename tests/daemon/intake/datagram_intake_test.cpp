#include "daemon/intake/datagram_intake.h"

#include <thread>

#include "support/journal_fixture.h"
#include "support/wait.h"

namespace eventfwd {
namespace {

using test::Found;

class DatagramIntakeTest : public test::JournalFixture<>, public IntakeProbe {
  protected:
    DatagramIntakeTest() : letters_({directory_ / "letters", 1 << 20}, files_) {
        intake_options_.name = "local";
    }

    void make() {
        intake_ = std::make_unique<DatagramIntake>(intake_options_, *journal_,
                                                   Intake::Parts{letters_, quotas_, *this, clock_});
    }

    void receive(const std::vector<std::string>& packets, uid_t uid = 0) {
        std::vector<Datagram> datagrams;
        for (const std::string& packet : packets)
            datagrams.push_back({packet, packet.size(), clock_.now(), uid});
        intake_->receive(datagrams);
    }
    std::size_t letter_count() { return read_dead_letters(files_, directory_ / "letters")->size(); }

    void journal_full(const std::string&, const Error&) override { is_full_ = true; }
    void journal_has_room(const std::string&) override { is_full_ = false; }
    void events_lost(const std::string&, std::size_t count, const Error&) override {
        lost_ += count;
    }

    IntakeOptions intake_options_;
    DeadLetters letters_;
    Quotas quotas_{{}};
    std::unique_ptr<DatagramIntake> intake_;
    std::atomic<bool> is_full_ = false;
    std::size_t lost_ = 0;
};

TEST_F(DatagramIntakeTest, JournalsWhatItTakesAndKeepsWhatItRefuses) {
    open();
    make();
    receive({"application=a event=1", "{broken", "application=a event=2\napplication=a"});
    const IntakeCounts counts = intake_->counts();
    EXPECT_EQ(counts.packets, 3U);
    EXPECT_EQ(counts.received, 4U);
    EXPECT_EQ(counts.accepted, 2U);
    EXPECT_EQ(counts.refused[static_cast<std::size_t>(Refusal::syntax)], 1U);
    EXPECT_EQ(counts.refused[static_cast<std::size_t>(Refusal::no_event)], 1U);
    EXPECT_EQ(read().size(), 2U);
    EXPECT_EQ(letter_count(), 2U);
}

// A snapshot that another thread takes must never show a letter, or an event, without its count.
TEST_F(DatagramIntakeTest, CountsARefusalBeforeItsLetterCanBeSeen) {
    open();
    make();
    std::atomic<bool> is_over = false;
    std::size_t uncounted = 0;
    std::thread reader([&] {
        while (!is_over) {
            const std::uint64_t kept = letters_.counts().kept;
            const std::uint64_t last = journal_->status().last;
            const IntakeCounts counts = intake_->counts();
            const auto refused = counts.refused[static_cast<std::size_t>(Refusal::syntax)];
            if (refused < kept || counts.accepted < last) ++uncounted;
        }
    });
    for (int n = 0; n < 2000; ++n)
        receive({"{broken", "application=a event=1"});
    is_over = true;
    reader.join();
    EXPECT_EQ(uncounted, 0U);
    EXPECT_EQ(letters_.counts().kept, 2000U);
}

TEST_F(DatagramIntakeTest, CountsWhatIsOverQuotaAndKeepsOneSampleASecond) {
    open();
    quotas_.change_options({.application = {2, 2}, .uid = {}, .udp = {}});
    make();
    receive({"application=a event=1", "application=a event=2", "application=a event=3",
             "application=a event=4", "application=b event=5"});
    const auto over_quota = [&] {
        return intake_->counts().refused[static_cast<std::size_t>(Refusal::over_quota)];
    };
    EXPECT_EQ(over_quota(), 2U);
    EXPECT_EQ(intake_->counts().accepted, 3U);
    EXPECT_EQ(letter_count(), 1U);
    clock_.advance(std::chrono::seconds(1));
    receive({"application=a event=6", "application=a event=7", "application=a event=8"});
    EXPECT_EQ(over_quota(), 3U);
    EXPECT_EQ(letter_count(), 2U);
    EXPECT_EQ(read().size(), 5U);
}

TEST_F(DatagramIntakeTest, AClockThatIsSetBringsNeitherTokensNorSamples) {
    open();
    quotas_.change_options({.application = {2, 2}, .uid = {}, .udp = {}});
    make();
    for (int turn = 0; turn < 20; ++turn) {
        receive(std::vector<std::string>(5, "application=a event=1"));
        clock_.jump(std::chrono::hours(turn % 2 == 0 ? 72 : -72));
    }
    EXPECT_EQ(intake_->counts().accepted, 2U);
    EXPECT_EQ(letter_count(), 1U);
    clock_.advance(std::chrono::seconds(1));
    receive(std::vector<std::string>(5, "application=a event=2"));
    EXPECT_EQ(intake_->counts().accepted, 4U);
    EXPECT_EQ(letter_count(), 2U);
}

TEST_F(DatagramIntakeTest, ABatchOfAnySizeFitsIntoFrames) {
    open();
    make();
    const std::string packet = "application=a event=e x=" + std::string(60000, 'x');
    receive(std::vector<std::string>(50, packet));
    EXPECT_EQ(intake_->counts().accepted, 50U);
    EXPECT_EQ(read().size(), 50U);
}

TEST_F(DatagramIntakeTest, ALineThatGrowsTooLongIsRefusedAlone) {
    open();
    make();
    receive({"application=a event=1",
             R"({"application":"a","event":"e","x":")" + std::string(30000, '\x7F') + "\"}",
             "application=a event=2"});
    EXPECT_EQ(intake_->counts().accepted, 2U);
    EXPECT_EQ(intake_->counts().refused[static_cast<std::size_t>(Refusal::too_long)], 1U);
}

TEST_F(DatagramIntakeTest, TakesFromTheUsersThatAreAllowedOnly) {
    open();
    intake_options_.allow_uids = {1000, 1001};
    make();
    receive({"application=a event=1"}, 1001);
    receive({"application=a event=2"}, 0);
    EXPECT_EQ(intake_->counts().accepted, 1U);
    EXPECT_EQ(intake_->counts().not_allowed, 1U);
}

TEST_F(DatagramIntakeTest, WaitsWhereTheJournalIsFullAndGoesOnWhereThereIsRoom) {
    options_.bytes_max = 5000;
    options_.segment_bytes = 1000;
    options_.when_full = WhenFull::refuse;
    open();
    journal_->cursors().hold("lines", 0);
    make();
    const std::string packet = "application=a event=e x=" + std::string(600, 'x');
    std::thread input([&] {
        for (int i = 0; i < 10; ++i)
            receive({packet});
    });
    ASSERT_TRUE(test::eventually([&] { return is_full_ && intake_->waits_for_room(); }));
    journal_->cursors().hold("lines", 100);
    input.join();
    EXPECT_EQ(intake_->counts().accepted, 10U);
    EXPECT_FALSE(is_full_);
    EXPECT_FALSE(intake_->waits_for_room());
}

TEST_F(DatagramIntakeTest, GivesUpWaitingWhenHaltedAndNothingElse) {
    options_.bytes_max = 3000;
    options_.segment_bytes = 1000;
    options_.when_full = WhenFull::refuse;
    open();
    journal_->cursors().hold("lines", 0);
    make();
    const std::string packet = "application=a event=e x=" + std::string(600, 'x');
    std::thread input([&] {
        for (int i = 0; i < 8; ++i)
            receive({packet});
    });
    ASSERT_TRUE(test::eventually([&] { return is_full_.load(); }));
    intake_->halt();
    input.join();
    const IntakeCounts before = intake_->counts();
    EXPECT_EQ(before.packets, 8U);
    EXPECT_LT(before.accepted, 8U);
    EXPECT_EQ(before.received, before.accepted);

    WaitingBlocks waiting = intake_->take_waiting();
    EXPECT_EQ(before.accepted + line_count(waiting), 8U);
    intake_ = std::make_unique<DatagramIntake>(intake_options_, *journal_,
                                               Intake::Parts{letters_, quotas_, *this, clock_},
                                               std::move(waiting));
    journal_->cursors().hold("lines", 100);
    intake_->begin();
    EXPECT_EQ(before.accepted + intake_->counts().accepted, 8U);
    EXPECT_EQ(intake_->counts().packets, 0U);
    EXPECT_EQ(journal_->status().last, 8U);
    EXPECT_EQ(lost_, 0U);
}

TEST_F(DatagramIntakeTest, EndsItsWaitingAtAStopAndTellsWhatIsLost) {
    options_.bytes_max = 1000;
    options_.segment_bytes = 1000;
    options_.when_full = WhenFull::refuse;
    open();
    make();
    const std::string packet = "application=a event=e x=" + std::string(600, 'x');
    std::thread input([&] { receive({packet, packet, packet}); });
    ASSERT_TRUE(test::eventually([&] { return is_full_.load(); }));
    intake_->stop(std::chrono::steady_clock::now());
    input.join();
    EXPECT_EQ(lost_, 3U);
    EXPECT_EQ(intake_->counts().received, intake_->counts().accepted);
}

}  // namespace
}  // namespace eventfwd

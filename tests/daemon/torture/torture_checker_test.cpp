#include "daemon/torture/torture_checker.h"

#include <gmock/gmock.h>

#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A crash test without a crash: the test is the loader, and may break what it has promised.
class TortureCheckerTest : public test::JournalFixture<> {
  protected:
    TortureCheckerTest() {
        options_ = torture_journal_options(torture_);
        std::filesystem::create_directories(output_);
    }

    std::string lines(std::uint64_t first, std::uint64_t last, std::uint32_t life = 1) const {
        std::string text;
        for (std::uint64_t number = first; number <= last; ++number)
            TortureLines(torture_.seed).append(life, number, text);
        return text;
    }
    // Appends COUNT events and acknowledges them to the checker.
    void load(std::size_t count, std::uint32_t life = 1) {
        const std::uint64_t first = journal_->end().next_sequence;
        const auto range = journal_->append(lines(first, first + count - 1, life), count);
        ASSERT_TRUE(range);
        checker_.hear(life, {LoaderMessage::Kind::appended, range->first, range->last, 0, 0});
    }
    void begin(std::uint32_t life = 1) {
        open();
        checker_.hear(life, {LoaderMessage::Kind::opened, journal_->end().next_sequence, 0, 0, 0});
    }
    void deliver(const std::string& text, const std::string& name = kTortureOutputName) {
        std::ofstream(output_ + "/" + name, std::ios::app) << text;
    }
    const std::vector<std::string>& check(bool is_last = false) {
        checker_.check(is_last);
        return checker_.faults();
    }

    const TortureOptions torture_{.directory = directory_.path(), .sync = {}, .seed = 7};
    const std::string output_ = torture_output_directory(directory_.path());
    TortureChecker checker_{torture_, files_};
};

TEST_F(TortureCheckerTest, FindsNothingWhereEverythingIsThere) {
    checker_.check(false);  // killed before it could begin a journal
    begin();
    load(10);
    deliver(lines(1, 4) + lines(5, 5).substr(0, 9));
    EXPECT_THAT(check(), IsEmpty());
    crash();
    begin(2);
    load(10, 2);
    deliver(lines(5, 5).substr(9) + lines(6, 10));
    std::filesystem::rename(output_ + "/events.log", output_ + "/events.log.20261122T030000Z-1");
    deliver(lines(11, 20, 2));
    EXPECT_THAT(check(), IsEmpty());
    EXPECT_THAT(check(true), IsEmpty());
    EXPECT_EQ(checker_.acknowledged(), 20U);
    EXPECT_EQ(checker_.delivered(), 20U);
}

TEST_F(TortureCheckerTest, TakesAFrameThatNobodyWasToldOfYet) {
    begin();
    load(10);
    ASSERT_TRUE(journal_->append(lines(11, 15), 5));
    EXPECT_THAT(check(), IsEmpty());
    crash();
    begin(2);
    load(1, 2);
    EXPECT_THAT(check(), IsEmpty());
}

TEST_F(TortureCheckerTest, MissesAnAcknowledgedEvent) {
    begin();
    load(10);
    const std::uint64_t bytes = segment_size(1);
    load(3);
    crash();
    std::filesystem::resize_file(segment(1), bytes);
    EXPECT_THAT(check(), ElementsAre(HasSubstr("events 11 to 13 were acknowledged and are gone")));
}

TEST_F(TortureCheckerTest, NamesDamageOfTheJournal) {
    begin();
    load(10);
    const std::uint64_t bytes = segment_size(1);
    load(3);
    load(3);
    crash();
    flip_byte(segment(1), bytes + 100);
    EXPECT_THAT(check(), ElementsAre(HasSubstr("000001.seg, bytes " + std::to_string(bytes))));
}

TEST_F(TortureCheckerTest, NoticesAnEventThatIsNotWhatWasAppended) {
    begin();
    ASSERT_TRUE(journal_->append(lines(1, 1) + "number=2 life=1 other\n", 2));
    EXPECT_THAT(check(), ElementsAre(HasSubstr("000001.seg, frame at byte 64: event 2 is not what "
                                               "was appended: number=2 life=1 other")));
}

TEST_F(TortureCheckerTest, NoticesANumberThatIsIssuedTwice) {
    begin();
    load(10);
    checker_.hear(1, {LoaderMessage::Kind::appended, 10, 12, 0, 0});
    EXPECT_THAT(check(),
                ElementsAre(HasSubstr("numbers 10 to 12 were given to an append where 11")));
}

TEST_F(TortureCheckerTest, NoticesNumberingThatDoesNotGoOnWhereItEnded) {
    begin();
    load(10);
    EXPECT_THAT(check(), IsEmpty());
    checker_.hear(2, {LoaderMessage::Kind::opened, 10, 0, 0, 0});
    EXPECT_THAT(check(), ElementsAre(HasSubstr("ended at event 10 and numbering goes on at 10")));
}

TEST_F(TortureCheckerTest, NoticesALineThatWasDeliveredTwice) {
    begin();
    load(10);
    deliver(lines(1, 4) + lines(4, 6));
    EXPECT_THAT(check(), ElementsAre(HasSubstr("expected event 5, found: number=4")));
}

TEST_F(TortureCheckerTest, NoticesALineThatWasLeftOut) {
    begin();
    load(10);
    deliver(lines(1, 4) + lines(6, 6));
    EXPECT_THAT(check(), ElementsAre(HasSubstr("expected event 5, found: number=6")));
}

TEST_F(TortureCheckerTest, NoticesALineThatWasNeverCompleted) {
    begin();
    load(10);
    deliver(lines(1, 4) + lines(5, 5).substr(0, 9), "events.log.20261122T030000Z-1");
    EXPECT_THAT(check(), ElementsAre(HasSubstr("the last line was never completed")));
}

TEST_F(TortureCheckerTest, NoticesHalfALineThatIsNotTheNextOnes) {
    begin();
    load(10);
    deliver(lines(1, 4) + lines(6, 6).substr(0, 9));
    EXPECT_THAT(check(), ElementsAre(HasSubstr("half a line that is not event 5: number=6")));
}

TEST_F(TortureCheckerTest, NoticesAFileThatShrank) {
    begin();
    load(10);
    deliver(lines(1, 4));
    EXPECT_THAT(check(), IsEmpty());
    std::filesystem::resize_file(output_ + "/events.log", 10);
    EXPECT_THAT(check(), ElementsAre(HasSubstr("has 10 bytes, where")));
}

TEST_F(TortureCheckerTest, NoticesWhatIsNotDeliveredInTheEnd) {
    begin();
    load(10);
    deliver(lines(1, 9));
    EXPECT_THAT(check(), IsEmpty());
    EXPECT_THAT(check(true), ElementsAre(HasSubstr("events 10 to 10 were never delivered")));
}

TEST_F(TortureCheckerTest, NoticesWhatIsDeliveredAndNotInTheJournal) {
    begin();
    load(10);
    deliver(lines(1, 11));
    EXPECT_THAT(check(),
                ElementsAre(HasSubstr("delivered up to event 11, where the journal ends")));
}

}  // namespace
}  // namespace eventfwd

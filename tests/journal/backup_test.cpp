// A journal that was taken back from a backup, or begun anew beside what others have seen of it.
#include <filesystem>

#include "support/faulty_file_system.h"
#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

using test::Found;

class JournalBackup : public test::JournalFixture<> {
  protected:
    std::string state_path() const { return options_.path + "/state"; }
};

TEST_F(JournalBackup, NumbersGoOnAboveACursorOfThisJournal) {
    open();
    append({"a"});
    save_cursor("lines", 5'000'000);
    stop();
    open();
    EXPECT_EQ(probe_.notes, (Found{"raised 1 to 5000000", "lost 2…5000001"}));
    EXPECT_EQ(append({"b"}).first, 5'000'001U);
    EXPECT_EQ(read(), (Found{"1 a", "gap 2…5000001 left out", "5000001 b"}));
    EXPECT_TRUE(journal_->was_left_out(5'000'000));
    probe_.notes.clear();
    crash();
    open();
    EXPECT_EQ(probe_.notes, Found{});
    EXPECT_EQ(append({"c"}).first, 5'000'002U);
}

TEST_F(JournalBackup, AnOldCursorWithoutAnIdIsOneOfThisJournal) {
    open();
    append({"a"});
    crash();
    Record old;
    old.add("sequence", std::uint64_t{3'000'000});
    ASSERT_TRUE(write_record(files_, options_.path + "/cursors/lines", old, true));
    open();
    EXPECT_EQ(journal_->cursors().load("lines")->number("sequence"), 3'000'000U);
    EXPECT_EQ(append({"b"}).first, 3'000'001U);
}

TEST_F(JournalBackup, ACursorOfAnotherJournalIsUnreadable) {
    open();
    append({"a"});
    save_cursor("lines", 5'000'000);
    crash();
    std::filesystem::remove(state_path());
    std::filesystem::remove(segment(1));
    open();
    EXPECT_EQ(append({"b"}).first, 1U);
    const auto cursor = journal_->cursors().load("lines");
    ASSERT_FALSE(cursor);
    EXPECT_EQ(cursor.error().code, EBADMSG);
    EXPECT_TRUE(cursor.error().message.starts_with(
        "read " + options_.path + "/cursors/lines: it is a position in another journal, "));
    EXPECT_EQ(probe_.notes, Found{});
}

TEST_F(JournalBackup, ACursorIsSavedWithTheIdOfItsJournal) {
    open();
    save_cursor("lines", 1);
    auto record = journal_->cursors().load("lines");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->text("journal"), journal_->id());
    ASSERT_TRUE(journal_->cursors().save("lines", *record, true));
    EXPECT_EQ(journal_->cursors().load("lines")->all("journal").size(), 1U);
}

TEST_F(JournalBackup, ANumberThatNoEventCanHaveIsNoPosition) {
    open();
    append({"a"});
    save_cursor("lines", ~std::uint64_t{0});
    crash();
    open();
    EXPECT_EQ(append({"b"}).first, 2U);
    EXPECT_EQ(journal_->number_above(~std::uint64_t{0}).error().code, EINVAL);
}

TEST_F(JournalBackup, NumbersGoOnAboveAPositionThatAnotherHolds) {
    open();
    append({"a", "b"});
    ASSERT_TRUE(journal_->sync());
    ASSERT_TRUE(journal_->number_above(2));
    EXPECT_EQ(probe_.notes, Found{});
    ASSERT_TRUE(journal_->number_above(9'000'000));
    EXPECT_EQ(probe_.notes, Found{"raised 2 to 9000000"});
    EXPECT_EQ(journal_->status().last, 9'000'000U);
    EXPECT_EQ(journal_->status().synced, 9'000'000U);
    EXPECT_EQ(journal_->status().left_out, 8'999'998U);
    EXPECT_EQ(read(), (Found{"1 a", "2 b", "gap 3…9000001 left out"}));
    crash();
    open();
    EXPECT_EQ(append({"c"}).first, 9'000'001U);
    EXPECT_EQ(read(3), (Found{"gap 3…9000001 left out", "9000001 c"}));
}

TEST_F(JournalBackup, AReaderThatWaitsHearsOfNumbersThatAreLeftOut) {
    open();
    append({"a"});
    int woken = 0;
    AppendSignal signal([&] { ++woken; });
    journal_->add_signal(signal);
    signal.arm();
    ASSERT_TRUE(journal_->number_above(10));
    EXPECT_EQ(woken, 1);
    journal_->remove_signal(signal);
}

class JournalBackupMovingFault : public test::JournalFixture<test::FaultyFileSystem> {};

// Whichever call fails, no number is left out and issued as well.
TEST_F(JournalBackupMovingFault, IsNumberedAboveAndTheNextCallMakesItDurable) {
    for (int nth = 1;; ++nth) {
        options_.path = directory_ / ("journal-" + std::to_string(nth));
        open();
        append({"a"});
        files_.fail_call(nth, EIO);
        [[maybe_unused]] const auto failed = journal_->number_above(500);
        const bool has_fired = files_.has_fired();
        files_.fail_call(0, 0);
        EXPECT_EQ(append({"b"}).first, 501U);
        ASSERT_TRUE(journal_->number_above(500));
        crash();
        open();
        EXPECT_EQ(append({"c"}).first, 502U) << "call " << nth;
        EXPECT_TRUE(journal_->was_left_out(2));
        EXPECT_TRUE(journal_->was_left_out(500));
        EXPECT_FALSE(journal_->was_left_out(501));
        if (!has_fired) break;
    }
}

}  // namespace
}  // namespace eventfwd

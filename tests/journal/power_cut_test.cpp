// What only a simulated disk can show: what a power cut leaves where something was not synced.
#include <algorithm>

#include "support/journal_fixture.h"
#include "support/simulated_file_system.h"

namespace eventfwd {
namespace {

using test::Found;
using test::SimulatedFileSystem;

// Segments of one event each.
class JournalPowerCut : public test::JournalFixture<SimulatedFileSystem> {
  protected:
    JournalPowerCut() {
        options_.segment_bytes = 150;
        std::filesystem::create_directory(options_.path);  // for the lock
    }
    void append_events(int count) {
        for (int i = 0; i < count; ++i)
            append({std::string(99, 'x')});
    }
    void power_cut() {
        reboot();
        files_.power_cut(0);
        open();
    }
};

TEST_F(JournalPowerCut, KeepsWhatWasSyncedAndNothingElse) {
    open();
    append_events(3);
    ASSERT_TRUE(journal_->sync());
    append_events(2);
    power_cut();
    EXPECT_EQ(read(4), Found{"gap 4…1048577 left out"});
    EXPECT_EQ(read().size(), 4U);
}

TEST_F(JournalPowerCut, AStartAfterAKillMakesEverySegmentDurable) {
    open();
    append_events(3);
    crash();
    open();
    EXPECT_EQ(journal_->status().synced, 3U);
    power_cut();
    EXPECT_EQ(read().size(), 4U);
}

TEST_F(JournalPowerCut, KeepsTheCopyOfDamageThatWasSteppedOver) {
    options_.segment_bytes = 1 << 20;
    open();
    append({"a"});
    ASSERT_TRUE(journal_->sync());
    const std::string path = segment_path(options_.path, 1);
    append({"b"});
    append({"c"});
    ASSERT_TRUE(journal_->sync());
    crash();
    files_.flip_bit(path, kSegmentHeaderBytes + kFrameHeaderBytes + 2 + kFrameHeaderBytes);
    open();
    EXPECT_EQ(probe_.notes.back(), "damage 42 saved");
    power_cut();
    const auto copies = files_.list(options_.path + "/quarantine");
    ASSERT_TRUE(copies) << copies.error().message;
    ASSERT_EQ(copies->size(), 1U);
    const auto copy = read_whole_file(files_, options_.path + "/quarantine/" + copies->front());
    ASSERT_TRUE(copy);
    EXPECT_EQ(copy->size(), 42U);
}

TEST_F(JournalPowerCut, KeepsADurableCursor) {
    open();
    append_events(3);
    ASSERT_TRUE(journal_->sync());
    save_cursor("lines", 2);
    power_cut();
    const auto cursor = journal_->cursors().load("lines");
    ASSERT_TRUE(cursor) << cursor.error().message;
    EXPECT_EQ(cursor->number("sequence"), 2U);
}

TEST_F(JournalPowerCut, NumbersStayAboveTheLostOnesOverAKillBeforeTheFirstEvent) {
    open();
    append_events(3);
    power_cut();
    crash();
    open();
    EXPECT_GT(append({"after"}).first, kReservationBlock);
}

TEST_F(JournalPowerCut, ADiskThatIsFullAtANewSegmentIsTheSameCase) {
    open();
    journal_->cursors().hold("lines", 0);
    append_events(3);
    std::uint64_t expected = 4;
    for (const int code : {ENOSPC, EDQUOT}) {
        probe_.notes.clear();
        files_.fail({1}, code);
        const auto refused = try_append({std::string(99, 'x')});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ENOSPC);
        EXPECT_TRUE(refused.error().message.ends_with(error_text(code)));
        EXPECT_EQ(probe_.notes.size(), 1U);
        journal_->maintain();
        EXPECT_EQ(append({std::string(99, 'x')}).first, expected++);
    }
}

TEST_F(JournalPowerCut, ALimitOnTheSizeOfFilesEndsTheSegmentAndGivesNothingUp) {
    options_.segment_bytes = 4096;
    open();
    journal_->cursors().hold("lines", 0);
    append_events(3);
    files_.fail({1}, EFBIG);
    EXPECT_EQ(append({std::string(99, 'x')}).first, 4U);
    files_.fail({1}, EFBIG);
    EXPECT_EQ(append_blocks({{"a"}, {"b"}}).first, 5U);
    EXPECT_EQ(journal_->status().segments, 3U);
    EXPECT_EQ(read().size(), 6U);
    EXPECT_FALSE(journal_->is_disk_full());
}

TEST_F(JournalPowerCut, WhatIsTooLargeForAnySegmentWaitsAndGivesNothingUp) {
    open();
    journal_->cursors().hold("lines", 0);
    append_events(3);
    files_.fail({1, 2, 3, 4, 5, 6}, EFBIG);
    EXPECT_EQ(try_append({std::string(99, 'x')}).error().code, ENOSPC);
    files_.fail_nothing();
    EXPECT_EQ(append({std::string(99, 'x')}).first, 4U);
    EXPECT_TRUE(probe_.notes.empty());
}

TEST_F(JournalPowerCut, ASyncWithoutSpaceHoldsAppendsAndMakesRoom) {
    open();
    journal_->cursors().hold("lines", 0);
    append_events(3);
    std::uint64_t expected = 4;
    for (const int code : {ENOSPC, EDQUOT}) {
        probe_.notes.clear();
        files_.fail({1, 2, 3, 4, 5, 6, 7, 8}, code);
        EXPECT_FALSE(journal_->sync());
        files_.fail_nothing();
        EXPECT_TRUE(journal_->is_disk_full());
        EXPECT_FALSE(try_append({"waits"}));
        EXPECT_TRUE(std::ranges::any_of(
            probe_.notes, [](const auto& note) { return note.starts_with("dropped"); }));
        EXPECT_TRUE(journal_->sync());
        journal_->maintain();
        EXPECT_FALSE(journal_->is_disk_full());
        EXPECT_EQ(append({"goes on"}).first, expected++);
    }
}

TEST_F(JournalPowerCut, ACursorIsSavedFromTheReserveWhateverSaysThatThereIsNoSpace) {
    open();
    for (const int code : {ENOSPC, EDQUOT}) {
        journal_->maintain();
        files_.fail({1}, code);
        save_cursor("lines", 0);
        EXPECT_TRUE(journal_->is_disk_full());
        files_.fail_nothing();
    }
}

// Segments of several events, and a disk that fails to sync.
class JournalPoisonedSegment : public JournalPowerCut {
  protected:
    JournalPoisonedSegment() {
        options_.segment_bytes = 4096;
        open();
    }
    // Without the gap that numbering leaves behind a power cut.
    Found read_lines() {
        Found found = read();
        std::erase_if(found, [](const std::string& entry) { return entry.starts_with("gap"); });
        return found;
    }
    static std::set<int> first_calls(int count) {
        std::set<int> calls;
        for (int call = 1; call <= count; ++call)
            calls.insert(call);
        return calls;
    }
};

TEST_F(JournalPoisonedSegment, IsWrittenOnceMoreBeforeItCountsAsSynced) {
    append({"a", "b"});
    TailReader reader(*journal_, 2);
    files_.fail({1}, EIO);
    ASSERT_TRUE(journal_->sync());
    EXPECT_EQ(probe_.notes, (Found{"poisoned 1", "rescued 1"}));
    EXPECT_EQ(journal_->status().synced, 2U);
    append({"c"});
    Found found;
    while (true) {
        const auto chunk = reader.next(1 << 20);
        if (chunk->empty()) break;
        describe(*chunk, found);
    }
    EXPECT_EQ(found, (Found{"2 b", "3 c"}));
    ASSERT_TRUE(journal_->sync());
    power_cut();
    EXPECT_EQ(read_lines(), (Found{"1 a", "2 b", "3 c"}));
}

TEST_F(JournalPoisonedSegment, HoldsBackWhatIsSyncedUntilItIsRescued) {
    append({"a"});
    files_.fail(first_calls(100), EIO);
    EXPECT_FALSE(journal_->sync());
    EXPECT_FALSE(journal_->sync());
    files_.fail_nothing();
    EXPECT_EQ(journal_->status().synced, 0U);
    EXPECT_TRUE(journal_->needs_sync());
    append({"b"});
    ASSERT_TRUE(journal_->sync());
    EXPECT_EQ(journal_->status().synced, 2U);
    EXPECT_EQ(std::ranges::count(probe_.notes, "poisoned 1"), 1);
    EXPECT_EQ(std::ranges::count(probe_.notes, "sync failed"), 1);
    EXPECT_EQ(std::ranges::count(probe_.notes, "rescued 1"), 1);
    power_cut();
    EXPECT_EQ(read_lines(), (Found{"1 a", "2 b"}));
}

// Each call of the rescue fails once; the next sync makes up for it.
TEST_F(JournalPoisonedSegment, IsRescuedWhateverFailsOnTheWay) {
    for (int nth = 2; nth < 30; ++nth) {
        const auto range = append({"x"});
        files_.fail({1, nth}, EIO);
        [[maybe_unused]] const auto synced = journal_->sync();
        files_.fail_nothing();
        ASSERT_TRUE(journal_->sync());
        ASSERT_EQ(journal_->status().synced, range.last);
        power_cut();
        ASSERT_EQ(read(range.first).at(0), std::to_string(range.first) + " x") << "call " << nth;
    }
}

TEST_F(JournalPoisonedSegment, IsRememberedOverAKill) {
    append({"a"});
    files_.fail({1}, EIO);
    files_.die_in(9);  // when it is written down, and not rescued
    EXPECT_FALSE(journal_->sync());
    files_.revive();
    crash();
    probe_.notes.clear();
    open();
    EXPECT_EQ(probe_.notes, Found{"rescued 1"});
    power_cut();
    EXPECT_EQ(read_lines(), Found{"1 a"});
}

TEST_F(JournalPoisonedSegment, IsForgottenWhenItIsDropped) {
    append({"a"});
    files_.fail({1, 9}, EIO);  // the sync, and the copy's file
    EXPECT_FALSE(journal_->sync());
    append({"b"});
    save_cursor("lines", 1);
    journal_->maintain();
    ASSERT_TRUE(journal_->sync());
    EXPECT_EQ(journal_->status().synced, 2U);
    EXPECT_FALSE(journal_->needs_sync());
    EXPECT_EQ(probe_.notes, (Found{"poisoned 1", "sync failed", "removed 1"}));
}

}  // namespace
}  // namespace eventfwd

// What only a simulated disk can show: what a power cut leaves where something was not synced.
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
    EXPECT_EQ(read(4), Found{"gap 4…1048577 damaged"});
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
    files_.fail(1, 1, ENOSPC);
    EXPECT_EQ(try_append({std::string(99, 'x')}).error().code, ENOSPC);
    EXPECT_EQ(probe_.notes, Found{"dropped 1"});
    journal_->maintain();
    EXPECT_EQ(append({std::string(99, 'x')}).first, 4U);
}

}  // namespace
}  // namespace eventfwd

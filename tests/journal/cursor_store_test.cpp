#include "journal/cursor_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

class CursorStoreTest : public testing::Test {
  protected:
    static Record cursor(std::uint64_t sequence, std::string_view more = "") {
        Record record;
        record.add("sequence", sequence);
        record.add("more", more);
        return record;
    }
    std::uint64_t loaded() {
        return CursorStore(files_, directory_.path()).load("s")->number("sequence").value();
    }

    test::TemporaryDirectory directory_;
    PosixFileSystem files_;
    CursorStore store_{files_, directory_.path()};
};

TEST_F(CursorStoreTest, GivesWhatWasSavedLast) {
    EXPECT_EQ(store_.load("s").error().code, ENOENT);
    ASSERT_TRUE(store_.save("s", cursor(1), true));
    ASSERT_TRUE(store_.save("s", cursor(2), true));
    EXPECT_EQ(loaded(), 2U);
}

TEST_F(CursorStoreTest, GoesOnAtANoteThatIsAheadOfIt) {
    ASSERT_TRUE(store_.save("s", cursor(1), true));
    ASSERT_TRUE(store_.note("s", cursor(5, "a long text, over which a short one is written")));
    ASSERT_TRUE(store_.note("s", cursor(7)));
    EXPECT_EQ(loaded(), 7U);
    ASSERT_TRUE(store_.save("s", cursor(9), true));
    EXPECT_EQ(loaded(), 9U);
}

TEST_F(CursorStoreTest, TakesANoteForNothingWithoutASavedCursor) {
    ASSERT_TRUE(store_.note("s", cursor(7)));
    EXPECT_EQ(store_.load("s").error().code, ENOENT);
    ASSERT_TRUE(store_.save("s", cursor(1), true));
    std::ofstream(directory_ / "cursors/s") << "damaged";
    EXPECT_EQ(store_.load("s").error().code, EBADMSG);
}

TEST_F(CursorStoreTest, HoldsForThoseThatAreConfiguredAndNoOthers) {
    store_.hold("slow", 3);
    store_.hold("fast", 9);
    store_.release_all_but({"fast", "new"});
    EXPECT_EQ(store_.lowest(), 9U);
    store_.release_all_but({});
    EXPECT_EQ(store_.lowest(), std::nullopt);
}

TEST_F(CursorStoreTest, DoesNotMakeAJournalThatIsAway) {
    std::filesystem::remove_all(directory_.path());
    Record record;
    record.add("sequence", std::uint64_t{1});
    EXPECT_FALSE(store_.save("s", record, true));
    EXPECT_FALSE(store_.note("s", record));
    EXPECT_FALSE(std::filesystem::exists(directory_.path()));
}

TEST_F(CursorStoreTest, TakesADamagedNoteForNone) {
    ASSERT_TRUE(store_.save("s", cursor(1), true));
    ASSERT_TRUE(store_.note("s", cursor(7)));
    std::fstream note(directory_ / "notes/s", std::ios::in | std::ios::out);
    note.seekp(30);
    note << '?';
    note.close();
    EXPECT_EQ(loaded(), 1U);
    std::filesystem::resize_file(directory_ / "notes/s", 0);
    EXPECT_EQ(loaded(), 1U);
}

}  // namespace
}  // namespace eventfwd

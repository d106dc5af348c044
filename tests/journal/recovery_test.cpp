#include "journal/recovery.h"

#include <filesystem>

#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

using test::Found;

class JournalRecovery : public test::JournalFixture<> {};

TEST_F(JournalRecovery, KeepsEverythingOverAKill) {
    open();
    append({"a"});
    append({"b"});
    crash();
    open();
    EXPECT_EQ(append({"c"}).first, 3U);
    EXPECT_EQ(read(), (Found{"1 a", "2 b", "3 c"}));
    EXPECT_TRUE(probe_.notes.empty());
}

TEST_F(JournalRecovery, CutsTornTailAndKeepsEveryWholeRecord) {
    open();
    append({"a"});
    const std::uint64_t whole = segment_size(1);
    append({"bb", "cc"});
    crash();
    const std::uint64_t end = segment_size(1);
    for (std::uint64_t size = end - 1; size > whole; --size) {
        std::filesystem::resize_file(segment(1), size);
        probe_.notes.clear();
        open();
        EXPECT_EQ(probe_.notes, Found{"torn " + std::to_string(size - whole)});
        EXPECT_EQ(read(), Found{"1 a"});
        EXPECT_EQ(append({"bb", "cc"}).first, 2U);  // never seen by anybody, so it may be used
        crash();
    }
}

TEST_F(JournalRecovery, DamageBeforeTheTailCostsItsFrameAndIsKeptAside) {
    open();
    append({"a"});
    const std::uint64_t second = segment_size(1);
    append({"b", "bb"});
    append({"c"});
    crash();
    flip_byte(segment(1), second + kFrameHeaderBytes);
    open();
    EXPECT_EQ(probe_.notes, Found{"damage 45 saved"});
    EXPECT_EQ(read(), (Found{"1 a", "gap 2…4 damaged", "4 c"}));
    EXPECT_FALSE(std::filesystem::is_empty(options_.path + "/quarantine"));
    append({"d"});
    EXPECT_EQ(read(4), (Found{"4 c", "5 d"}));
}

TEST_F(JournalRecovery, DamageInAnEarlierSegmentIsKeptAsideByWhoeverReadsIt) {
    options_.segment_bytes = 200;
    open();
    append({"a"});
    append({std::string(50, 'b')});
    append({std::string(50, 'c')});
    const std::uint64_t last = append({std::string(50, 'd')}).first;
    ASSERT_GT(journal_->status().segments, 1U);
    crash();
    flip_byte(segment(1), kSegmentHeaderBytes + kFrameHeaderBytes);
    open();
    EXPECT_EQ(probe_.notes, Found{});
    EXPECT_EQ(read()[0], "gap 1…2 damaged");
    EXPECT_EQ(read()[0], "gap 1…2 damaged");
    EXPECT_EQ(probe_.notes, Found{"damage 42 saved"});
    journal_->cursors().hold("all", last);
    journal_->maintain();
    EXPECT_FALSE(std::filesystem::exists(segment(1)));
    EXPECT_FALSE(std::filesystem::is_empty(options_.path + "/quarantine"));
}

TEST_F(JournalRecovery, ADamagedLastFrameIsNotReusedAsANumber) {
    open();
    append({"a"});
    append({"b"});
    crash();
    flip_byte(segment(1), segment_size(1) - 2);
    open();
    ASSERT_EQ(probe_.notes.size(), 2U);
    EXPECT_EQ(probe_.notes[0], "damage 42 saved");
    const std::uint64_t next = append({"c"}).first;
    EXPECT_GT(next, 2U);
    EXPECT_EQ(read(), (Found{"1 a", "gap 2…" + std::to_string(next) + " left out",
                             std::to_string(next) + " c"}));
}

TEST_F(JournalRecovery, NeverIssuesANumberTwiceOverAPowerCut) {
    open();
    append({"a"});
    const std::uint64_t synced = segment_size(1);
    append({"b"});
    reboot();
    std::filesystem::resize_file(segment(1), synced);  // what was not synced is gone
    open();
    EXPECT_GT(append({"c"}).first, 2U);
    EXPECT_EQ(read()[0], "1 a");
}

TEST_F(JournalRecovery, TakesABootThatNobodyCanNameForAnotherOne) {
    boot_id_ = "";
    open();
    append({"a"});
    crash();
    open();
    EXPECT_GT(append({"b"}).first, kReservationBlock);
}

TEST_F(JournalRecovery, NumbersOnceLeftOutStaySoOverAKillBeforeTheNextAppend) {
    open();
    append({"a"});
    const std::uint64_t synced = segment_size(1);
    append({"b"});
    reboot();
    std::filesystem::resize_file(segment(1), synced);
    open();
    const std::uint64_t next = journal_->end().next_sequence;
    EXPECT_GT(next, 2U);
    crash();
    open();
    EXPECT_EQ(append({"c"}).first, next);
    stop();
    open();
    EXPECT_EQ(append({"d"}).first, next + 1);
}

TEST_F(JournalRecovery, NumbersGoOnBehindASegmentOfNothingButAnUnfinishedFrame) {
    options_.segment_bytes = 100;
    open();
    append({"a" + std::string(60, '.')});
    append({"b" + std::string(60, '.')});
    crash();
    std::filesystem::resize_file(segment(2), 100);  // b was never finished
    open();
    save_cursor("sink", 1);
    journal_->maintain();
    crash();
    open();
    EXPECT_EQ(append({"c"}).first, 2U);
    EXPECT_EQ(probe_.notes, Found{"torn 36"});
}

TEST_F(JournalRecovery, NoticesATailThatWentAfterAnOrderlyStop) {
    open();
    append({"a"});
    const std::uint64_t whole = segment_size(1);
    append({"b"});
    stop();
    std::filesystem::resize_file(segment(1), whole);
    open();
    EXPECT_EQ(append({"c"}).first, 3U);
    EXPECT_EQ(read(), (Found{"1 a", "gap 2…3 left out", "3 c"}));
}

TEST_F(JournalRecovery, NothingIsUnfinishedAfterAnOrderlyStopButByDamage) {
    open();
    append({"a"});
    append({"b"});
    stop();
    std::filesystem::resize_file(segment(1), segment_size(1) - 1);
    open();
    EXPECT_EQ(probe_.notes.at(0), "damage 41 saved");
    EXPECT_EQ(append({"c"}).first, 3U);
}

TEST_F(JournalRecovery, NoticesATailThatASinkHasHadAlready) {
    open();
    append({"a"});
    const std::uint64_t whole = segment_size(1);
    append({"b"});
    save_cursor("lines", 2);
    crash();
    std::filesystem::resize_file(segment(1), whole);
    open();
    EXPECT_GT(append({"c"}).first, 2U);
}

TEST_F(JournalRecovery, LeavesNoGapWhereTheStopWasOrderly) {
    open();
    append({"a"});
    stop();
    reboot();
    open();
    EXPECT_EQ(append({"b"}).first, 2U);
}

TEST_F(JournalRecovery, ASegmentWithADamagedHeadKeepsItsFrames) {
    options_.segment_bytes = 100;
    open();
    for (const char* line : {"a", "b", "c", "d"})
        append({line + std::string(60, '.')});
    crash();
    flip_byte(segment(2), 20);
    open();
    EXPECT_EQ(read().size(), 4U);
}

TEST_F(JournalRecovery, ASegmentOfNothingButDamageCostsItsOwnEventsOnly) {
    options_.segment_bytes = 100;
    open();
    for (const char* line : {"a", "b", "c"})
        append({line + std::string(60, '.')});
    crash();
    {
        std::ofstream file(segment(2), std::ios::binary | std::ios::trunc);
        file << std::string(300, '?');
    }
    open();
    const Found found = read();
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[1], "gap 2…3 damaged");
    EXPECT_EQ(found[2].substr(0, 3), "3 c");
}

TEST_F(JournalRecovery, ALastSegmentOfZerosHidesNothingBeforeIt) {
    options_.segment_bytes = 100;
    open();
    for (const char* line : {"a", "b", "c"})
        append({line + std::string(60, '.')});
    reboot();
    {
        std::ofstream file(segment(3), std::ios::binary | std::ios::trunc);
        file << std::string(300, '\0');
    }
    open();
    const Found found = read();
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[1].substr(0, 3), "2 b");
    EXPECT_EQ(found[2], "gap 3…1048577 left out");
}

TEST_F(JournalRecovery, ADamagedLengthIsNotTakenForATornTail) {
    open();
    append({"a"});
    const std::uint64_t second = segment_size(1);
    append({"b"});
    crash();
    flip_byte(segment(1), second + 36);
    open();
    EXPECT_EQ(probe_.notes.at(0), "damage 42 saved");
    EXPECT_GT(append({"c"}).first, 2U);
}

TEST_F(JournalRecovery, AMissingSegmentShowsAsAGap) {
    options_.segment_bytes = 100;
    open();
    for (const char* line : {"a", "b", "c"})
        append({line + std::string(60, '.')});
    crash();
    std::filesystem::remove(segment(2));
    open();
    EXPECT_EQ(read()[1], "gap 2…3 damaged");
    crash();
    std::filesystem::remove(segment(1));
    open();
    EXPECT_EQ(read()[0], "gap 1…3 damaged");
}

TEST_F(JournalRecovery, StartsWithoutItsStateFile) {
    open();
    append({"a"});
    crash();
    std::filesystem::remove(options_.path + "/state");
    open();
    EXPECT_EQ(probe_.notes.at(0), "state rebuilt");
    EXPECT_GT(append({"b"}).first, 2U);
    EXPECT_EQ(read()[0], "1 a");
}

TEST_F(JournalRecovery, FindsItsNameInItsSegments) {
    open();
    append({"a"});
    const std::string id = journal_->id();
    crash();
    std::filesystem::remove(options_.path + "/state");
    open();
    EXPECT_EQ(journal_->id(), id);
}

TEST_F(JournalRecovery, StartsWithADamagedStateFile) {
    open();
    append({"a"});
    crash();
    flip_byte(options_.path + "/state", 40);
    open();
    EXPECT_EQ(probe_.notes.at(0), "state rebuilt");
    EXPECT_EQ(read()[0], "1 a");
}

// What showed the number is removed as unused, and must not be all that knew it.
TEST_F(JournalRecovery, ANumberThatOnlyTheHeadOfAnEmptySegmentShowsIsNotIssuedAgain) {
    options_.segment_bytes = 200;
    open();
    append({"a"});
    const std::uint64_t kept = segment_size(1);
    append({"b"});
    append({"c" + std::string(100, '.')});
    crash();
    std::filesystem::resize_file(segment(1), kept + 10);
    std::filesystem::resize_file(segment(2), kSegmentHeaderBytes);
    open();
    EXPECT_FALSE(std::filesystem::exists(segment(2)));
    crash();
    open();
    EXPECT_EQ(append({"d"}).first, 3U);
    EXPECT_EQ(read(), (Found{"1 a", "gap 2…3 left out", "3 d"}));
}

TEST_F(JournalRecovery, DropsASegmentThatWasNeverUsed) {
    open();
    append({"a"});
    crash();
    std::ofstream(segment(2)).flush();
    open();
    EXPECT_FALSE(std::filesystem::exists(segment(2)));
    EXPECT_EQ(append({"b"}).first, 2U);
}

// Gives the header of segment NUMBER another version, as an eventfwd would write it.
class JournalVersions : public JournalRecovery {
  protected:
    void set_version(std::uint64_t number, std::uint32_t version) {
        std::fstream file(segment(number), std::ios::in | std::ios::out | std::ios::binary);
        std::array<char, kSegmentHeaderBytes> bytes{};
        file.read(bytes.data(), bytes.size());
        auto header = decode_segment_header({bytes.data(), bytes.size()});
        ASSERT_TRUE(header);
        header->version = version;
        const auto changed = encode(*header);
        file.seekp(0);
        file.write(changed.data(), changed.size());
    }
};

TEST_F(JournalVersions, GoesOnInANewSegmentBehindOneOfVersion1) {
    open();
    append({"a"});
    crash();
    set_version(1, 1);
    open();
    EXPECT_EQ(journal_->status().segments, 1U);
    EXPECT_EQ(append({"b"}).first, 2U);
    EXPECT_EQ(journal_->status().segments, 2U);
    append_blocks({{"c"}, {"d"}});
    crash();
    open();
    EXPECT_EQ(read(), (Found{"1 a", "2 b", "3 c", "4 d"}));
    append({"e"});
    EXPECT_EQ(journal_->status().segments, 2U);
    EXPECT_EQ(probe_.notes, Found{});
}

TEST_F(JournalVersions, RefusesASegmentOfAVersionThatItDoesNotKnow) {
    options_.segment_bytes = 100;
    open();
    append({"a" + std::string(60, '.')});
    append({"b"});
    stop();
    set_version(1, 3);
    const std::string before = read_whole_file(files_, segment(1)).value();
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ENOTSUP);
    EXPECT_EQ(opened.error().message,
              "open journal " + options_.path + ": read " + segment(1) +
                  ": it has format 3, and this eventfwd knows formats 1 to 2: a newer eventfwd "
                  "wrote it");
    EXPECT_EQ(read_whole_file(files_, segment(1)).value(), before);
    EXPECT_EQ(probe_.notes, Found{});
}

TEST_F(JournalRecovery, LeavesStrangersInItsDirectoryAlone) {
    open();
    append({"a"});
    crash();
    std::ofstream(options_.path + "/README.txt") << "hello";
    open();
    EXPECT_TRUE(std::filesystem::exists(options_.path + "/README.txt"));
}

}  // namespace
}  // namespace eventfwd

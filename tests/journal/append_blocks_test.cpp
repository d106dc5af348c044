// Several blocks appended by one call: all of them or none, whatever happens.
#include <fmt/format.h>

#include <filesystem>

#include "support/faulty_file_system.h"
#include "support/journal_fixture.h"
#include "support/simulated_file_system.h"

namespace eventfwd {
namespace {

using test::FaultyFileSystem;
using test::Found;
using test::LineBlocks;
using test::SimulatedFileSystem;

class JournalBlocks : public test::JournalFixture<> {};

TEST_F(JournalBlocks, GetConsecutiveNumbers) {
    open();
    append({"a"});
    const auto range = append_blocks({{"b", "c"}, {"d"}, {"e", "f"}});
    EXPECT_EQ(range.first, 2U);
    EXPECT_EQ(range.last, 6U);
    append({"g"});
    EXPECT_EQ(read(), (Found{"1 a", "2 b", "3 c", "4 d", "5 e", "6 f", "7 g"}));
    EXPECT_EQ(read(4), (Found{"4 d", "5 e", "6 f", "7 g"}));
}

TEST_F(JournalBlocks, AreThereAfterACrash) {
    open();
    append_blocks({{"a"}, {"b"}});
    crash();
    open();
    EXPECT_EQ(append({"c"}).first, 3U);
    EXPECT_EQ(read(), (Found{"1 a", "2 b", "3 c"}));
    EXPECT_EQ(probe_.notes, Found{});
}

TEST_F(JournalBlocks, AreCutWholeWhereverTheyEnd) {
    open();
    append({"a"});
    const std::uint64_t whole = segment_size(1);
    append_blocks({{"b", "c"}, {"d"}, {"e"}}, {{11, 12}, {}, {13}});
    crash();
    for (std::uint64_t size = segment_size(1) - 1; size > whole; --size) {
        std::filesystem::resize_file(segment(1), size);
        probe_.notes.clear();
        open();
        EXPECT_EQ(probe_.notes, Found{"torn " + std::to_string(size - whole)});
        EXPECT_EQ(read(), Found{"1 a"});
        EXPECT_EQ(segment_size(1), whole);
        EXPECT_EQ(append_blocks({{"b", "c"}, {"d"}, {"e"}}, {{11, 12}, {}, {13}}).first, 2U);
        crash();
    }
}

TEST_F(JournalBlocks, AreCutWholeWhereTheyBeginASegment) {
    options_.segment_bytes = 300;
    open();
    append({std::string(150, 'a')});
    append_blocks({{std::string(100, 'b')}, {std::string(100, 'c')}});
    ASSERT_EQ(journal_->status().segments, 2U);
    crash();
    std::filesystem::resize_file(segment(2), segment_size(2) - 1);
    open();
    EXPECT_EQ(read().size(), 1U);
    EXPECT_EQ(append({"d"}).first, 2U);
}

TEST_F(JournalBlocks, ADamagedByteCostsItsFrameAndNoOther) {
    open();
    append_blocks({{"a"}, {"b"}, {"c"}});
    crash();
    flip_byte(segment(1), kSegmentHeaderBytes + (kBlockHeaderBytes + 2) + 1);
    open();
    EXPECT_EQ(read(), (Found{"1 a", "gap 2…3 damaged", "3 c"}));
    append({"d"});
    crash();
    open();
    EXPECT_EQ(read(), (Found{"1 a", "gap 2…3 damaged", "3 c", "4 d"}));
}

TEST_F(JournalBlocks, DamageOfTheLastFrameLeavesTheOthers) {
    open();
    append_blocks({{"a"}, {"b"}, {"c"}});
    crash();
    flip_byte(segment(1), segment_size(1) - 1);
    open();
    EXPECT_EQ(probe_.notes.at(0), "damage 66 saved");
    EXPECT_GT(append({"d"}).first, 3U);
    const Found found = read();
    EXPECT_EQ(found.at(0), "1 a");
    EXPECT_EQ(found.at(1), "2 b");
}

TEST_F(JournalBlocks, ShowNothingOfATornAppendWhoseFirstFrameIsDamaged) {
    open();
    append({"z"});
    const std::uint64_t whole = segment_size(1);
    append_blocks({{"a"}, {"b"}, {"c"}});
    crash();
    flip_byte(segment(1), whole + 10);
    std::filesystem::resize_file(segment(1), segment_size(1) - 1);
    open();
    EXPECT_EQ(read(), Found{"1 z"});
    EXPECT_EQ(segment_size(1), whole);
}

TEST_F(JournalBlocks, StandInOneSegmentEvenWhereThatGrowsTooLarge) {
    options_.segment_bytes = 4096;
    open();
    append({"a"});
    LineBlocks blocks;
    for (int block = 0; block < 20; ++block)
        blocks.push_back({std::string(1000, static_cast<char>('a' + block))});
    append_blocks(blocks);
    EXPECT_EQ(journal_->status().segments, 2U);
    EXPECT_GT(segment_size(2), 20'000U);
    append({"z"});
    EXPECT_EQ(journal_->status().segments, 3U);
    EXPECT_EQ(read().size(), 22U);
}

TEST_F(JournalBlocks, TakeUpTo16MebibytesOfLines) {
    open();
    std::string lines(kFrameBytesMax, 'x');
    lines.back() = '\n';
    const std::vector<LineBlock> blocks(kAppendBytesMax / kFrameBytesMax, LineBlock{lines, 1, {}});
    const auto range = journal_->append(blocks);
    ASSERT_TRUE(range) << range.error().message;
    EXPECT_EQ(range->last, 64U);
    EXPECT_EQ(read().size(), 64U);
}

TEST_F(JournalBlocks, MakeRoomBelowMaxSizeByTheSegmentThatWasFull) {
    options_.segment_bytes = 4096;
    options_.bytes_max = 9000;
    open();
    journal_->cursors().hold("lines", 0);
    append_blocks({{std::string(3000, 'a')}, {std::string(3000, 'b')}});
    EXPECT_EQ(append_blocks({{std::string(3000, 'c')}, {std::string(3000, 'd')}}).first, 3U);
    EXPECT_EQ(read()[0], "gap 1…3 shed");
}

// The moving fault: whichever call fails, all of an append is there or nothing of it.
class JournalBlocksMovingFault
    : public test::JournalFixture<FaultyFileSystem>,
      public testing::WithParamInterface<std::pair<int, FaultyFileSystem::Fault>> {
  protected:
    JournalBlocksMovingFault() {
        options_.segment_bytes = 600;
        options_.when_full = WhenFull::refuse;
    }
    Found run() {
        Found acknowledged;
        if (!try_open()) return acknowledged;
        journal_->cursors().hold("sink", 0);
        for (int i = 0; i < 8; ++i) {
            const std::string text = std::string(90, static_cast<char>('a' + i));
            const auto range =
                try_append_blocks({{text + "1", text + "2"}, {text + "3"}}, {{1, 2}, {}});
            if (range) {
                for (std::uint64_t at = 0; at < 3; ++at)
                    acknowledged.push_back(fmt::format("{} {}{}", range->first + at, text, at + 1));
            }
            EXPECT_EQ(read_good().size(), acknowledged.size());
            if (i % 3 == 2) journal_->maintain();
        }
        return acknowledged;
    }
    Found read_good() {
        TailReader reader(*journal_, 1);
        Found found;
        while (true) {
            const auto chunk = reader.next(1 << 20);
            if (chunk && chunk->empty()) break;
            if (chunk) describe(*chunk, found);
        }
        std::erase_if(found, [](const std::string& entry) { return entry.starts_with("gap"); });
        return found;
    }
};

TEST_P(JournalBlocksMovingFault, LeavesAllOfAnAppendOrNothing) {
    const auto [code, fault] = GetParam();
    int nth = 1;
    for (;; ++nth) {
        options_.path = directory_ / ("journal-" + std::to_string(nth));
        files_.fail_call(nth, code, fault);
        const Found acknowledged = run();
        const bool has_fired = files_.has_fired();
        files_.fail_call(0, 0);
        crash();
        open();
        ASSERT_EQ(read_good(), acknowledged) << "call " << nth;
        ASSERT_GT(append({"after"}).first, acknowledged.size());
        // What does not strike at a write alone is clean when it has not fired.
        if (!has_fired && fault == FaultyFileSystem::Fault::error) break;
        if (nth == 120) break;
    }
    EXPECT_GT(nth, 30);
}

INSTANTIATE_TEST_SUITE_P(Journal, JournalBlocksMovingFault,
                         testing::Values(std::pair{EIO, FaultyFileSystem::Fault::error},
                                         std::pair{ENOSPC, FaultyFileSystem::Fault::error},
                                         std::pair{EINTR, FaultyFileSystem::Fault::error},
                                         std::pair{EIO, FaultyFileSystem::Fault::half_write},
                                         std::pair{ENOSPC, FaultyFileSystem::Fault::half_write},
                                         std::pair{0, FaultyFileSystem::Fault::short_write}));

// What a process leaves that dies within the write, however far it got.
class JournalBlocksDeath : public test::JournalFixture<SimulatedFileSystem> {
  protected:
    JournalBlocksDeath() { std::filesystem::create_directory(options_.path); }
};

TEST_F(JournalBlocksDeath, LeavesNothingOfAnAppendThatWasNotFinished) {
    for (int life = 0; life < 100; ++life) {
        open();
        const Found before = read();
        files_.die_in(1);
        ASSERT_FALSE(try_append_blocks({{"a", std::string(200, 'b')}, {"c"}, {"d"}}));
        crash();
        files_.revive();
        open();
        const Found after = read();
        ASSERT_TRUE(after.size() == before.size() || after.size() == before.size() + 4) << life;
        crash();
    }
}

class JournalBlocksLeftover : public test::JournalFixture<FaultyFileSystem> {};

// Half of it is written, whole frames among it, and the disk does not even let it be cut off.
TEST_F(JournalBlocksLeftover, NothingIsWrittenBeforeTheRestOfAFailedAppendIsCutOff) {
    open();
    append({"a"});
    const std::uint64_t whole = segment_size(1);
    files_.fail_call(1, EIO, FaultyFileSystem::Fault::half_write_then_all);
    EXPECT_FALSE(try_append_blocks({{"b"}, {"c"}, {"d"}, {"e"}}));
    EXPECT_GT(segment_size(1), whole);
    EXPECT_FALSE(try_append({"f"}));
    files_.fail_call(0, 0);
    EXPECT_EQ(append({"g"}).first, 2U);
    EXPECT_EQ(segment_size(1), whole + kFrameHeaderBytes + 2);
    crash();
    open();
    EXPECT_EQ(read(), (Found{"1 a", "2 g"}));
    EXPECT_EQ(probe_.notes, Found{});
}

}  // namespace
}  // namespace eventfwd

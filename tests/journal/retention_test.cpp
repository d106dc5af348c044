#include <filesystem>

#include "support/faulty_file_system.h"
#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::Found;

// Segments of one event each.
class JournalRetention : public test::JournalFixture<> {
  protected:
    JournalRetention() { options_.segment_bytes = 150; }
    void append_events(int count) {
        for (int i = 0; i < count; ++i)
            append({std::string(99, 'x')});
    }
    std::uint64_t segments() const { return journal_->status().segments; }
};

TEST_F(JournalRetention, RemovesSegmentsThatEverySinkHasHad) {
    open();
    append_events(5);
    save_cursor("fast", 5);
    save_cursor("slow", 2);
    journal_->maintain();
    EXPECT_EQ(journal_->status().first, 3U);
    EXPECT_FALSE(std::filesystem::exists(segment(1)));
    EXPECT_TRUE(std::filesystem::exists(segment(3)));
    EXPECT_EQ(read(3).size(), 3U);
}

TEST_F(JournalRetention, KnowsAboutHowManyBytesASinkHasNotHad) {
    options_.segment_bytes = 700;
    open();
    append_events(12);  // some to a segment
    const auto [first, last, bytes, segment_count, synced, left_out] = journal_->status();
    ASSERT_GT(segment_count, 2U);
    EXPECT_EQ(journal_->bytes_above(0), bytes);
    EXPECT_EQ(journal_->bytes_above(12), 0U);
    EXPECT_EQ(journal_->bytes_above(99), 0U);
    for (std::uint64_t had = 1; had < 12; ++had) {
        const double share = static_cast<double>(12 - had) / 12;
        EXPECT_NEAR(static_cast<double>(journal_->bytes_above(had)),
                    static_cast<double>(bytes) * share, 150);
    }
}

TEST_F(JournalRetention, KeepsTheLastSegmentAlways) {
    open();
    append_events(3);
    save_cursor("lines", 3);
    journal_->maintain();
    EXPECT_EQ(journal_->status().first, 3U);
    EXPECT_EQ(segments(), 1U);
}

TEST_F(JournalRetention, ASinkThatHasHadNothingHoldsEverything) {
    open();
    journal_->cursors().hold("new", 0);
    append_events(3);
    save_cursor("lines", 3);
    journal_->maintain();
    EXPECT_EQ(journal_->status().first, 1U);
}

TEST_F(JournalRetention, KeepsForReplayWhatIsYoungerThanRetain) {
    options_.retain = 1h;
    open();
    append_events(2);
    clock_.advance(50min);
    append_events(2);
    save_cursor("lines", 4);
    journal_->maintain();
    EXPECT_EQ(journal_->status().first, 1U);
    clock_.advance(20min);
    journal_->maintain();
    EXPECT_EQ(journal_->status().first, 2U);  // its last event was journaled when the third came
}

TEST_F(JournalRetention, AClockThatIsSetAgesNothing) {
    options_.retain = 1h;
    open();
    append_events(2);
    save_cursor("lines", 2);
    clock_.jump(24h * 365);
    journal_->maintain();
    EXPECT_EQ(journal_->status().first, 1U);
    append_events(1);
    save_cursor("lines", 3);
    clock_.jump(-24h * 365);
    clock_.advance(61min);
    journal_->maintain();
    EXPECT_EQ(journal_->status().first, 3U);
}

TEST_F(JournalRetention, ASegmentFromTheFutureIsToldAndIsAsOldAsTheStart) {
    options_.retain = 1h;
    clock_.jump(24h * 365);
    open();
    append_events(3);
    save_cursor("lines", 3);
    crash();
    clock_.jump(-24h * 365);
    open();
    EXPECT_EQ(probe_.notes, Found{"from the future 1"});
    journal_->maintain();
    EXPECT_EQ(journal_->status().first, 1U);
    clock_.advance(61min);
    journal_->maintain();
    EXPECT_EQ(journal_->status().first, 3U);
}

TEST_F(JournalRetention, ASegmentFromTheFutureIsAtLeastAsOldAsTheOneBehindIt) {
    options_.retain = 1h;
    open();
    append_events(1);
    clock_.jump(24h * 365);
    append_events(1);
    clock_.jump(-24h * 365);
    append_events(2);
    save_cursor("lines", 4);
    clock_.advance(50min);
    crash();
    open();
    clock_.advance(11min);
    journal_->maintain();
    EXPECT_EQ(journal_->status().first, 4U);
}

TEST_F(JournalRetention, KnowsHowLongAgoAnEventCameWhateverTheClockIsSetTo) {
    open();
    append_events(1);
    clock_.advance(10s);
    clock_.jump(24h * 365);
    append_events(1);
    clock_.advance(10s);
    EXPECT_EQ(journal_->age_of(1, {}), 20s);
    EXPECT_EQ(journal_->age_of(2, {}), 10s);
    const Instant before = clock_.now();
    crash();
    clock_.jump(-48h * 365);
    open();
    clock_.advance(10s);
    EXPECT_EQ(journal_->age_of(2, before), 10s);
    clock_.jump(48h * 365);
    EXPECT_EQ(journal_->age_of(2, before), 10s);
}

TEST_F(JournalRetention, KnowsAboutHowLongAgoOneOfManyEventsCame) {
    options_.segment_bytes = 1 << 20;
    open();
    for (int i = 0; i < 10'000; ++i) {
        append_events(1);
        clock_.advance(1s);
    }
    for (const std::uint64_t number : {1U, 4321U, 9999U}) {
        const auto age = std::chrono::seconds(10'001 - number);
        EXPECT_GE(journal_->age_of(number, {}), age);
        EXPECT_LE(journal_->age_of(number, {}), age + 60s);
    }
}

TEST_F(JournalRetention, DropsTheOldestWhereItIsFull) {
    options_.bytes_max = 1000;
    open();
    journal_->cursors().hold("lines", 0);
    append_events(10);
    EXPECT_LE(journal_->status().bytes, 1000U);
    const std::uint64_t first = journal_->status().first;
    EXPECT_GT(first, 1U);
    EXPECT_EQ(probe_.notes.at(0), "dropped 1");
    EXPECT_EQ(read()[0], "gap 1…" + std::to_string(first) + " shed");
    journal_->maintain();
    EXPECT_FALSE(std::filesystem::exists(segment(1)));
}

TEST_F(JournalRetention, WhatWasDroppedStaysDroppedOverAKill) {
    options_.bytes_max = 1000;
    open();
    journal_->cursors().hold("lines", 0);
    append_events(10);
    const std::uint64_t first = journal_->status().first;
    journal_->maintain();
    crash();
    open();
    EXPECT_EQ(read()[0], "gap 1…" + std::to_string(first) + " shed");
}

TEST_F(JournalRetention, RefusesWhereItIsFullUntilThereIsRoom) {
    options_.bytes_max = 1000;
    options_.when_full = WhenFull::refuse;
    open();
    journal_->cursors().hold("lines", 0);
    std::uint64_t taken = 0;
    while (const auto range = try_append({std::string(99, 'x')}))
        taken = range->last;
    EXPECT_GT(taken, 3U);
    EXPECT_EQ(try_append({std::string(99, 'x')}).error().code, ENOSPC);
    EXPECT_EQ(read().size(), taken);
    save_cursor("lines", taken);
    EXPECT_TRUE(try_append({std::string(99, 'x')}));
}

TEST_F(JournalRetention, RetainedEventsGoFirstAndAreNoLoss) {
    options_.bytes_max = 1000;
    options_.retain = 1h;
    options_.when_full = WhenFull::refuse;
    open();
    for (std::uint64_t i = 1; i <= 20; ++i) {
        append_events(1);
        save_cursor("lines", i);
    }
    EXPECT_LE(journal_->status().bytes, 1000U);
    EXPECT_TRUE(probe_.notes.empty());
}

TEST_F(JournalRetention, AReaderIsToldWhatWasDroppedUnderIt) {
    options_.bytes_max = 1000;
    open();
    journal_->cursors().hold("lines", 0);
    append_events(2);
    TailReader reader(*journal_, 1);
    Found found;
    describe(reader.next(1).value(), found);
    append_events(20);
    journal_->maintain();
    while (true) {
        const auto chunk = reader.next(1 << 20);
        if (chunk->empty()) break;
        describe(*chunk, found);
    }
    EXPECT_EQ(found.at(1), "gap 2…" + std::to_string(journal_->status().first) + " shed");
    EXPECT_EQ(found.back().substr(0, 2), "22");
}

TEST_F(JournalRetention, ReservesNumbersAheadOfNeed) {
    open();
    std::string lines;
    for (int line = 0; line < 100'000; ++line)
        lines += "x\n";
    for (int frame = 0; frame < 6; ++frame)
        ASSERT_TRUE(journal_->append(lines, 100'000));
    journal_->maintain();
    const auto state = load_state(files_, options_.path);
    ASSERT_TRUE(state);
    EXPECT_GE(state->ceiling, 600'001 + kReservationBlock);
}

class JournalObstacles : public test::JournalFixture<test::FaultyFileSystem> {};

TEST_F(JournalObstacles, ASegmentThatCannotBeRemovedHoldsUpNoOther) {
    options_.segment_bytes = 150;
    open();
    for (int i = 0; i < 5; ++i)
        append({std::string(99, 'x')});
    save_cursor("lines", 5);
    files_.refuse("unlink", "000001.seg", EPERM);
    files_.refuse("unlink", "000003.seg", EBUSY);
    for (int round = 0; round < 3; ++round)
        journal_->maintain();
    EXPECT_TRUE(std::filesystem::exists(segment(1)));
    EXPECT_FALSE(std::filesystem::exists(segment(2)));
    EXPECT_TRUE(std::filesystem::exists(segment(3)));
    EXPECT_FALSE(std::filesystem::exists(segment(4)));
    // Each is told of once.
    EXPECT_EQ(std::ranges::count(probe_.notes, "failed unlink: Operation not permitted"), 1);
    EXPECT_EQ(std::ranges::count(probe_.notes, "failed unlink: Device or resource busy"), 1);
    crash();
    open();
    EXPECT_EQ(journal_->status().first, 5U);
    files_.allow_all();
    journal_->maintain();
    EXPECT_FALSE(std::filesystem::exists(segment(1)));
    EXPECT_FALSE(std::filesystem::exists(segment(3)));
}

}  // namespace
}  // namespace eventfwd

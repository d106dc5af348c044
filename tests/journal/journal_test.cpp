#include "journal/journal.h"

#include <fmt/format.h>

#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

using test::Found;

class JournalTest : public test::JournalFixture<> {};

TEST_F(JournalTest, NumbersEventsFromOneAndGivesThemBackInOrder) {
    open();
    EXPECT_EQ(append({"a", "b"}).last, 2U);
    EXPECT_EQ(append({"c"}).first, 3U);
    EXPECT_EQ(read(), (Found{"1 a", "2 b", "3 c"}));
    EXPECT_EQ(read(2), (Found{"2 b", "3 c"}));
    EXPECT_EQ(read(4), Found{});
}

TEST_F(JournalTest, GoesOnAfterAnOrderlyStop) {
    open();
    append({"a"});
    stop();
    open();
    append({"b"});
    EXPECT_EQ(read(), (Found{"1 a", "2 b"}));
    EXPECT_TRUE(probe_.notes.empty());
}

TEST_F(JournalTest, BeginsANewSegmentWhereOneWouldGrowTooLarge) {
    options_.segment_bytes = 4096;
    open();
    Found all;
    for (int i = 1; i <= 100; ++i) {
        const std::string line = fmt::format("{:0200}", i);
        append({line});
        all.push_back(fmt::format("{} {}", i, line));
    }
    EXPECT_GT(journal_->status().segments, 4U);
    for (std::uint64_t number = 1; number <= journal_->status().segments; ++number) {
        EXPECT_LE(segment_size(number), 4096U);
    }
    EXPECT_EQ(read(), all);
    stop();
    open();
    EXPECT_EQ(read(), all);
}

TEST_F(JournalTest, TakesAFrameThatIsLargerThanASegment) {
    options_.segment_bytes = 4096;
    open();
    const std::string line(10000, 'x');
    append({line});
    append({"b"});
    EXPECT_EQ(read(), (Found{"1 " + line, "2 b"}));
}

TEST_F(JournalTest, AReaderFollowsWhatIsAppended) {
    options_.segment_bytes = 1000;
    open();
    TailReader reader(*journal_, 1);
    Found found;
    for (int i = 1; i <= 50; ++i) {
        append({fmt::format("{:0100}", i)});
        describe(reader.next(1 << 20).value(), found);
        EXPECT_EQ(found.size(), static_cast<std::size_t>(i));
        EXPECT_TRUE(reader.next(1 << 20)->empty());
    }
}

TEST_F(JournalTest, AChunkEndsAtItsLimit) {
    open();
    for (int i = 0; i < 10; ++i)
        append({std::string(999, 'x')});
    TailReader reader(*journal_, 1);
    EXPECT_EQ(reader.next(2500)->runs.size(), 2U);
    EXPECT_EQ(reader.next(1)->runs.size(), 1U);
    EXPECT_EQ(reader.next(1 << 20)->runs.size(), 7U);
}

TEST_F(JournalTest, AReaderCanBeginInsideAFrame) {
    open();
    append({"a", "b", "c", "d"});
    EXPECT_EQ(read(3), (Found{"3 c", "4 d"}));
}

TEST_F(JournalTest, GivesNoMoreLinesAndBytesThanAskedForButOneLine) {
    open();
    append({"a", "bb", "c", "d"});
    append({"e", "f"});
    TailReader reader(*journal_, 1);
    const auto next = [&](std::size_t bytes, std::size_t count) {
        Found found;
        describe(reader.next(bytes, count).value(), found);
        return found;
    };
    EXPECT_EQ(next(1 << 20, 1), (Found{"1 a"}));
    EXPECT_EQ(next(1, 100), (Found{"2 bb"}));
    EXPECT_EQ(next(4, 100), (Found{"3 c", "4 d"}));
    EXPECT_EQ(next(1 << 20, 100), (Found{"5 e", "6 f"}));
    EXPECT_EQ(next(1 << 20, 100), Found{});
}

TEST_F(JournalTest, TakesABatchOverFramesUpToItsLimit) {
    open();
    append({"a", "b"});
    append({"c", "d"});
    append({"e", "f"});
    TailReader reader(*journal_, 1);
    Found found;
    describe(reader.next(1 << 20, 5).value(), found);
    EXPECT_EQ(found, (Found{"1 a", "2 b", "3 c", "4 d", "5 e"}));
    describe(reader.next(1 << 20, 5).value(), found);
    EXPECT_EQ(found.back(), "6 f");
}

TEST_F(JournalTest, WakesAWaitingReaderOnce) {
    open();
    int woken = 0;
    AppendSignal signal([&] { ++woken; });
    journal_->add_signal(signal);
    append({"a"});
    EXPECT_EQ(woken, 0);
    signal.arm();
    append({"b"});
    append({"c"});
    EXPECT_EQ(woken, 1);
}

TEST_F(JournalTest, LetsEventsGatherBeforeItWakesAReader) {
    open();
    int woken = 0;
    AppendSignal signal([&] { ++woken; });
    journal_->add_signal(signal);
    signal.arm(clock_.now() + std::chrono::milliseconds(2));
    append({"a"});
    EXPECT_EQ(woken, 0);
    clock_.advance(std::chrono::milliseconds(2));
    append({"b"});
    append({"c"});
    EXPECT_EQ(woken, 1);
    signal.arm();
    signal.disarm();
    append({"d"});
    EXPECT_EQ(woken, 1);
}

TEST_F(JournalTest, TellsWhatIsThereAndWhatIsSynced) {
    open();
    EXPECT_EQ(journal_->status().first, 1U);
    EXPECT_EQ(journal_->status().last, 0U);
    append({"a", "b"});
    EXPECT_TRUE(journal_->needs_sync());
    EXPECT_EQ(journal_->status().synced, 0U);
    ASSERT_TRUE(journal_->sync());
    EXPECT_FALSE(journal_->needs_sync());
    EXPECT_EQ(journal_->status().synced, 2U);
    EXPECT_EQ(journal_->status().last, 2U);
}

TEST_F(JournalTest, OneAtATimeAndTheSecondIsToldWhoHoldsIt) {
    open();
    PosixFileSystem files;
    const auto second = Journal::open(options_, files, clock_, probe_, boot_id_);
    ASSERT_FALSE(second);
    EXPECT_EQ(
        second.error().message,
        fmt::format(
            "journal {} is in use by another eventfwd (pid {}); stop that one, or give this one a "
            "journal.path of its own",
            options_.path, ::getpid()));
}

TEST_F(JournalTest, RemembersTheSinksItHasKnown) {
    open();
    ASSERT_TRUE(journal_->remember_sinks({"lines", "splunk"}));
    ASSERT_TRUE(journal_->remember_sinks({"lines"}));
    crash();
    open();
    EXPECT_EQ(journal_->known_sinks(), (std::vector<std::string>{"lines", "splunk"}));
}

TEST_F(JournalTest, KeepsCursorsAndTellsMissingFromUnreadable) {
    open();
    save_cursor("lines", 41);
    crash();
    open();
    EXPECT_EQ(journal_->cursors().load("lines")->number("sequence"), 41U);
    EXPECT_EQ(journal_->cursors().load("other").error().code, ENOENT);
    flip_byte(options_.path + "/cursors/lines", 30);
    EXPECT_EQ(journal_->cursors().load("lines").error().code, EBADMSG);
}

}  // namespace
}  // namespace eventfwd

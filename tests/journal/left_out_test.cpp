#include "journal/left_out.h"

#include <gtest/gtest.h>

#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

using test::Found;

TEST(LeftOut, KnowsWhatItHolds) {
    LeftOut left_out;
    left_out.add(10, 20);
    left_out.add(50, 60);
    EXPECT_EQ(left_out.total(), 20U);
    EXPECT_EQ(left_out.floor(), 60U);
    for (const std::uint64_t number : {10U, 19U, 50U, 59U})
        EXPECT_TRUE(left_out.contains(number)) << number;
    for (const std::uint64_t number : {9U, 20U, 49U, 60U})
        EXPECT_FALSE(left_out.contains(number)) << number;
    EXPECT_EQ(left_out.next(20), 50U);
    EXPECT_EQ(left_out.next(12), 12U);
    EXPECT_EQ(left_out.next(60), std::nullopt);
    EXPECT_EQ(left_out.end_of(12), 20U);
}

TEST(LeftOut, WhatWasLeftOutBehindItsBeginningIsPartOfARange) {
    LeftOut left_out;
    left_out.add(10, 20);
    left_out.add(10, 30);
    left_out.add(5, 40);
    EXPECT_EQ(left_out.total(), 35U);
    ASSERT_EQ(left_out.ranges().size(), 1U);
    EXPECT_EQ(left_out.ranges()[0].first, 5U);
    left_out.add(40, 40);
    EXPECT_EQ(left_out.ranges().size(), 1U);
}

TEST(LeftOut, ForgetsTheOldestRangesAndCountsThemStill) {
    LeftOut left_out;
    for (std::uint64_t range = 1; range <= 100; ++range)
        left_out.add(range * 10, range * 10 + 3);
    EXPECT_EQ(left_out.ranges().size(), LeftOut::kRangesMax);
    EXPECT_EQ(left_out.total(), 300U);
    EXPECT_FALSE(left_out.contains(10));
    EXPECT_TRUE(left_out.contains(1000));
    const LeftOut again(left_out.ranges(), left_out.total());
    EXPECT_EQ(again.total(), 300U);
}

class JournalLeftOut : public test::JournalFixture<> {
  protected:
    void cut_power() {
        reboot();
        open();
    }
};

TEST_F(JournalLeftOut, NumbersAreAReasonOfTheirOwn) {
    open();
    append({"a"});
    cut_power();
    const std::uint64_t next = append({"b"}).first;
    EXPECT_EQ(read(), (Found{"1 a", "gap 2…" + std::to_string(next) + " left out",
                             std::to_string(next) + " b"}));
    EXPECT_EQ(read(5).at(0), "gap 5…" + std::to_string(next) + " left out");
    EXPECT_FALSE(journal_->was_left_out(1));
    EXPECT_TRUE(journal_->was_left_out(2));
    EXPECT_TRUE(journal_->was_left_out(next - 1));
    EXPECT_FALSE(journal_->was_left_out(next));
    EXPECT_EQ(journal_->status().left_out, next - 2);
}

TEST_F(JournalLeftOut, NumbersStayKnownWhateverIsRemoved) {
    options_.segment_bytes = 150;
    open();
    append({std::string(99, 'a')});
    cut_power();
    const std::uint64_t next = append({std::string(99, 'b')}).first;
    append({std::string(99, 'c')});
    save_cursor("lines", next + 1);
    journal_->maintain();
    EXPECT_EQ(journal_->status().first, next + 1);
    cut_power();
    EXPECT_TRUE(journal_->was_left_out(2));
    EXPECT_EQ(read(1).at(0), "gap 1…2 shed");
    EXPECT_EQ(read(2).at(0), "gap 2…" + std::to_string(next) + " left out");
    EXPECT_EQ(read(next).at(0),
              "gap " + std::to_string(next) + "…" + std::to_string(next + 1) + " shed");
}

TEST_F(JournalLeftOut, DamageBesideThemIsDamage) {
    open();
    append({"a"});
    const std::uint64_t second = segment_size(1);
    append({"b"});
    cut_power();
    const std::uint64_t next = append({"c"}).first;
    flip_byte(segment(1), second + kFrameHeaderBytes);
    EXPECT_EQ(read(),
              (Found{"1 a", "gap 2…3 damaged", "gap 3…" + std::to_string(next) + " left out",
                     std::to_string(next) + " c"}));
}

TEST_F(JournalLeftOut, TheTotalGoesOnOverStartsAndIsFoundInAnOldState) {
    open();
    append({"a"});
    cut_power();
    append({"b"});
    cut_power();
    const std::uint64_t total = journal_->status().left_out;
    EXPECT_EQ(total, journal_->status().last - 2);
    stop();
    auto text = read_whole_file(files_, options_.path + "/state").value();
    const auto record = Record::parse(text);
    ASSERT_TRUE(record);
    Record old;  // as format 1 wrote it
    for (const char* key : {"id", "boot_id", "ceiling", "closed", "lower_end"})
        old.add(key, *record->text(key));
    for (const auto range : record->all("left_out_range"))
        old.add("skipped", range);
    ASSERT_TRUE(write_record(files_, options_.path + "/state", old, false));
    open();
    EXPECT_EQ(journal_->status().left_out, total);
    EXPECT_TRUE(journal_->was_left_out(2));
}

TEST_F(JournalLeftOut, AStateOfAFormatThatIsNotKnownIsRefusedAndKept) {
    open();
    append({"a"});
    stop();
    const std::string path = options_.path + "/state";
    auto record = Record::parse(read_whole_file(files_, path).value());
    Record newer;
    newer.add("format", std::uint64_t{3});
    ASSERT_TRUE(write_record(files_, path, newer, false));
    const std::string before = read_whole_file(files_, path).value();
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ENOTSUP);
    EXPECT_EQ(opened.error().message, "open journal " + options_.path + ": read " + path +
                                          ": it has format 3, and this eventfwd knows formats 1 "
                                          "to 2: a newer eventfwd wrote it");
    EXPECT_EQ(read_whole_file(files_, path).value(), before);
}

}  // namespace
}  // namespace eventfwd

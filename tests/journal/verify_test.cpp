#include "journal/verify.h"

#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

class JournalVerify : public test::JournalFixture<> {
  protected:
    JournalVerify() { options_.segment_bytes = 200; }  // of these lines, one a segment

    // "a", "b", …: each an event in a segment of its own.
    void fill(int count) {
        open();
        for (int n = 0; n < count; ++n)
            append({std::string(1, static_cast<char>('a' + n)) + std::string(100, '.')});
    }
    VerifyReport verify() {
        const auto report = verify_journal(files_, options_.path);
        EXPECT_TRUE(report) << report.error().message;
        return report.value_or(VerifyReport{});
    }
    // Each as "000002.seg 64-205 2…2", without what cannot be told.
    test::Found findings() {
        test::Found found;
        for (const Finding& finding : verify().findings) {
            std::string text = finding.file;
            if (finding.end > 0)
                text += " " + std::to_string(finding.begin) + "-" + std::to_string(finding.end);
            if (finding.numbers) {
                text += " " + std::to_string(finding.numbers->first) + "…" +
                        std::to_string(finding.numbers->last);
            }
            found.push_back(text);
        }
        return found;
    }
};

using test::Found;

TEST_F(JournalVerify, FindsNothingInAGoodJournalWhetherItIsOpenOrNot) {
    fill(4);
    const VerifyReport report = verify();
    EXPECT_EQ(report.segments, 4U);
    EXPECT_EQ(report.frames, 4U);
    EXPECT_EQ(report.events, 4U);
    EXPECT_EQ(report.numbers->first, 1U);
    EXPECT_EQ(report.numbers->last, 4U);
    EXPECT_EQ(findings(), Found{});
    stop();
    EXPECT_EQ(findings(), Found{});
    open();
    EXPECT_EQ(findings(), Found{});
}

TEST_F(JournalVerify, SaysWhereThereIsNoJournal) {
    EXPECT_FALSE(verify_journal(files_, directory_ / "nothing"));
    EXPECT_EQ(verify_journal(files_, directory_.path()).error().code, ENOENT);
}

TEST_F(JournalVerify, NamesDamagedBytesAndTheNumbersThatWentWithThem) {
    options_.segment_bytes = 1000;
    fill(3);
    crash();
    flip_byte(segment(1), 64 + 142 + 50);  // of the second frame of 142 bytes
    EXPECT_EQ(findings(), (Found{"000001.seg 206-348 2…2"}));
}

TEST_F(JournalVerify, DamageAtTheEndOfASegmentShowsItsNumbersInTheNext) {
    fill(3);
    crash();
    flip_byte(segment(2), 100);
    EXPECT_EQ(findings(), (Found{"000002.seg 64-206 2…2"}));
    flip_byte(segment(3), 100);
    EXPECT_EQ(findings(), (Found{"000002.seg 64-206 2…2", "000003.seg 64-206 3…3"}));
}

TEST_F(JournalVerify, NamesADamagedHeader) {
    fill(3);
    crash();
    flip_byte(segment(2), 20);
    EXPECT_EQ(findings(), (Found{"000002.seg 0-64"}));
}

TEST_F(JournalVerify, NamesTheNumbersOfASegmentThatIsGone) {
    fill(4);
    crash();
    ASSERT_TRUE(files_.unlink(segment(2)));
    EXPECT_EQ(findings(), (Found{"000003.seg 2…2"}));
    ASSERT_TRUE(files_.unlink(segment(1)));
    EXPECT_EQ(findings(), (Found{"000003.seg 1…2"}));
}

TEST_F(JournalVerify, MissesNothingThatWasRemovedOnPurpose) {
    fill(4);
    save_cursor("sink", 3);
    journal_->maintain();
    EXPECT_EQ(verify().segments, 1U);
    EXPECT_EQ(findings(), Found{});
}

TEST_F(JournalVerify, MissesTheEndThatACursorOrAnOrderlyStopKnewOf) {
    fill(3);
    save_cursor("sink", 3);
    stop();
    const std::uint64_t bytes = segment_size(3);
    std::filesystem::resize_file(segment(3), bytes - 10);
    EXPECT_EQ(findings(), (Found{"000003.seg 64-196", "000003.seg 196-196 3…3"}));
    ASSERT_TRUE(files_.unlink(segment(3)));
    EXPECT_EQ(findings(), (Found{"000002.seg 206-206 3…3"}));
}

TEST_F(JournalVerify, ATornTailIsTheNormalEndOfACrash) {
    fill(3);
    crash();
    std::filesystem::resize_file(segment(3), segment_size(3) - 10);
    EXPECT_EQ(findings(), Found{});
    EXPECT_EQ(verify().unfinished_bytes, 132U);
}

TEST_F(JournalVerify, AnUnfinishedAppendOfBlocksIsTheNormalEndOfACrash) {
    fill(2);
    append_blocks({{"c"}, {"d"}, {"e"}});
    EXPECT_EQ(verify().events, 5U);
    crash();
    const std::uint64_t frame = kBlockHeaderBytes + 2;
    for (const std::uint64_t lost : {std::uint64_t{1}, frame, frame + 1, 2 * frame}) {
        std::filesystem::resize_file(segment(3), kSegmentHeaderBytes + 3 * frame - lost);
        EXPECT_EQ(findings(), Found{});
        EXPECT_EQ(verify().events, 2U);
        EXPECT_EQ(verify().unfinished_bytes, 3 * frame - lost);
    }
}

TEST_F(JournalVerify, NumbersThatAStartLeftOutAreExplained) {
    fill(2);
    reboot();
    open();
    append({"z"});
    EXPECT_EQ(findings(), Found{});
    const VerifyReport report = verify();
    ASSERT_EQ(report.left_out.size(), 1U);
    EXPECT_EQ(report.left_out[0].first, 3U);
    EXPECT_EQ(report.left_out[0].last, report.numbers->last - 1);
}

TEST_F(JournalVerify, NumbersThatComeTwiceAreNamed) {
    fill(2);
    crash();
    std::filesystem::remove(segment(2));
    std::filesystem::copy_file(segment(1), segment(2));
    EXPECT_EQ(findings(), (Found{"000002.seg 0-64", "000002.seg 1…1", "000002.seg 64-206 2…2"}));
}

TEST_F(JournalVerify, NamesWhatItCannotReadBesideTheSegments) {
    fill(1);
    save_cursor("sink", 1);
    crash();
    flip_byte(options_.path + "/cursors/sink", 30);
    flip_byte(options_.path + "/state", 30);
    EXPECT_EQ(findings(), (Found{"cursors/sink", "state"}));
}

TEST_F(JournalVerify, TellsHowFarItIs) {
    options_.segment_bytes = 64 << 20;
    open();
    for (int n = 0; n < 16; ++n)
        append({std::string(200'000, 'x')});
    std::uint64_t told = 0;
    const auto report =
        verify_journal(files_, options_.path, [&](std::uint64_t done, std::uint64_t total) {
            EXPECT_GT(done, told);
            EXPECT_LE(done, total);
            told = done;
        });
    EXPECT_TRUE(report);
    EXPECT_GT(told, 2'000'000U);
}

TEST_F(JournalVerify, NamesTheMissingCursorOfAKnownSink) {
    fill(2);
    ASSERT_TRUE(journal_->remember_sinks({"sink", "gone"}));
    save_cursor("sink", 1);
    stop();
    EXPECT_EQ(findings(), (Found{"cursors/gone"}));
}

}  // namespace
}  // namespace eventfwd

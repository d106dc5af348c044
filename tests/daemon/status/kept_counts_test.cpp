#include "daemon/status/kept_counts.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/record_file.h"

#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

class KeptCountsTest : public testing::Test {
  protected:
    static KeptCounts counted(std::uint64_t accepted) {
        KeptCounts counts;
        counts.inputs["local"].intake.accepted = accepted;
        return counts;
    }

    test::TemporaryDirectory directory_;
    PosixFileSystem files_;
};

TEST_F(KeptCountsTest, AreReadAsTheyWereSaved) {
    KeptCounts counts;
    InputCounts& local = counts.inputs["local"];
    local.intake.packets = 7;
    local.intake.received = 6;
    local.intake.accepted = 3;
    local.intake.not_allowed = 1;
    local.intake.refused[static_cast<std::size_t>(Refusal::over_quota)] = 2;
    local.kernel_drops = 9;
    counts.inputs["packets"] = {};
    counts.dead_letters = {{"input local", {4, 3, 2, 1}}, {"sink s", {5, 0, 1, 0}}};
    counts.sockets = {{18446744073709551615U, 4294967295U}, {1, 0}};
    counts.retried_events = 5;
    counts.recovered = 6;
    counts.lost = 7;
    ASSERT_TRUE(save_counts(files_, directory_ / "counters", counts));
    const KeptCounts read = load_counts(files_, directory_ / "counters").value();
    EXPECT_EQ(read.inputs.size(), 2U);
    EXPECT_EQ(read.inputs.at("local").intake.packets, 7U);
    EXPECT_EQ(read.inputs.at("local").intake.received, 6U);
    EXPECT_EQ(read.inputs.at("local").intake.accepted, 3U);
    EXPECT_EQ(read.inputs.at("local").intake.not_allowed, 1U);
    EXPECT_EQ(read.inputs.at("local").intake.refused, local.intake.refused);
    EXPECT_EQ(read.inputs.at("local").kernel_drops, 9U);
    EXPECT_EQ(read.dead_letters, counts.dead_letters);
    EXPECT_EQ(read.sockets, counts.sockets);
    EXPECT_EQ(read.retried_events, 5U);
    EXPECT_EQ(read.recovered, 6U);
    EXPECT_EQ(read.lost, 7U);
}

TEST_F(KeptCountsTest, AreMissingOrDamagedWithoutHarm) {
    EXPECT_EQ(load_counts(files_, directory_ / "counters").error().code, ENOENT);
    std::ofstream(directory_ / "counters") << "eventfwd 1 0000000000000000\nrecovered 1\n";
    EXPECT_EQ(load_counts(files_, directory_ / "counters").error().code, EBADMSG);
}

TEST_F(KeptCountsTest, CloseWithTheJournalWhereTheStopWasOrderly) {
    KeptCounts counts = counted(10);
    counts.retried_events = 2;
    counts.reconcile(12);
    EXPECT_EQ(counts.recovered, 0U);
    EXPECT_EQ(counts.lost, 0U);
}

TEST_F(KeptCountsTest, ShowAsRecoveredWhatAKillLeftUncounted) {
    KeptCounts counts = counted(10);
    counts.reconcile(13);
    EXPECT_EQ(counts.recovered, 3U);
    counts.inputs["local"].intake.accepted += 5;
    counts.reconcile(18);
    EXPECT_EQ(counts.recovered, 3U) << "they are not recovered twice";
}

TEST_F(KeptCountsTest, StayTrueAfterAPowerCutThatTookCountedEvents) {
    KeptCounts counts = counted(10);
    counts.reconcile(7);
    EXPECT_EQ(counts.recovered, 0U);
    EXPECT_EQ(counts.lost, 3U);
    counts.inputs["local"].intake.accepted += 5;
    counts.reconcile(14);
    EXPECT_EQ(counts.recovered, 2U);
    EXPECT_EQ(counts.lost, 3U);
}

TEST_F(KeptCountsTest, KnowTheSocketsOfTheFileBeforeThem) {
    Record record;
    record.add("17", std::uint64_t{42});
    ASSERT_TRUE(write_record(files_, directory_ / "kernel-drops", record, false));
    const KernelDrops::Counted expected{{17, 42}};
    EXPECT_EQ(load_kernel_drops(files_, directory_ / "kernel-drops"), expected);
    EXPECT_TRUE(load_kernel_drops(files_, directory_ / "nothing").empty());
}

}  // namespace
}  // namespace eventfwd

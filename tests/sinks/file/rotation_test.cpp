#include "sinks/file/rotation.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/faulty_file_system.h"
#include "support/temporary_directory.h"
#include "support/time_zone.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

class RotationTest : public testing::Test {
  protected:
    void write(const std::string& name) { std::ofstream(directory_ / name) << name; }
    void rotate_at(std::chrono::seconds time, std::uint32_t keep = 0) {
        write("events.log");
        const Rotated rotated =
            rotate(files_, directory_.path(), "events.log", {0, 0s, keep}, Instant{time});
        ASSERT_TRUE(rotated.renamed && rotated.tidied);
    }
    Names rotated() { return rotated_files(files_, directory_.path(), "events.log").value(); }

    test::TemporaryDirectory directory_;
    PosixFileSystem files_;
};

TEST_F(RotationTest, NamesAFileAfterTheTimeAndItsNumberInIt) {
    rotate_at(1'312'803'917s);
    rotate_at(1'312'803'917s);
    rotate_at(1'312'803'918s);
    EXPECT_EQ(rotated(), (Names{"events.log.20110808T114517Z-1", "events.log.20110808T114517Z-2",
                                "events.log.20110808T114518Z-1"}));
}

TEST_F(RotationTest, NamesInUtcWhereverTheMachineStands) {
    const test::TimeZone east("JST-9");
    rotate_at(1'312'803'917s);
    EXPECT_EQ(rotated(), Names{"events.log.20110808T114517Z-1"});
}

// A number that cannot be counted on would have every rotation overwrite the last one.
TEST_F(RotationTest, TakesNoNumberForItsOwnThatItWouldNotReach) {
    write("events.log.99991231T235959Z-18446744073709551615");
    write("events.log.x0110808T114517Z-1");
    write("events.log.90004982T226752Z-0000000244777701");  // a sender's name and its hash
    rotate_at(1'312'803'917s);
    rotate_at(1'312'803'917s);
    EXPECT_EQ(rotated(), (Names{"events.log.20110808T114517Z-1", "events.log.20110808T114517Z-2"}));
}

TEST_F(RotationTest, KeepsTheOrderWhereTheClockIsSetBack) {
    rotate_at(2'000'000'000s);
    rotate_at(1'312'803'917s, 2);
    rotate_at(1'312'803'918s, 2);
    EXPECT_EQ(rotated(), (Names{"events.log.20330518T033320Z-2", "events.log.20330518T033320Z-3"}));
}

TEST_F(RotationTest, OrdersByNumberAndNotByLetters) {
    for (int i = 0; i < 11; ++i)
        rotate_at(1s);
    EXPECT_TRUE(rotated().back().ends_with("-11"));
}

TEST_F(RotationTest, KeepsTheNewestAndLeavesStrangersAlone) {
    write("events.log.old");
    write("events.log.20110808T114517Z-x");
    write("other.log.20110808T114517Z-1");
    for (int i = 1; i <= 5; ++i)
        rotate_at(std::chrono::seconds(i), 2);
    EXPECT_EQ(rotated(), (Names{"events.log.19700101T000004Z-1", "events.log.19700101T000005Z-1"}));
    EXPECT_TRUE(files_.status(directory_ / "events.log.old"));
    EXPECT_TRUE(files_.status(directory_ / "events.log.20110808T114517Z-x"));
    EXPECT_TRUE(files_.status(directory_ / "other.log.20110808T114517Z-1"));
}

TEST_F(RotationTest, OneThatCannotBeRemovedHoldsUpNoOther) {
    for (int i = 1; i <= 4; ++i)
        rotate_at(std::chrono::seconds(i));
    test::FaultyFileSystem files;
    files.refuse("unlink", "T000001Z-1", EPERM);
    write("events.log");
    const Rotated rotated_now =
        rotate(files, directory_.path(), "events.log", {0, 0s, 2}, Instant{5s});
    EXPECT_TRUE(rotated_now.renamed);
    EXPECT_EQ(rotated_now.tidied.error().code, EPERM);
    EXPECT_EQ(rotated(), (Names{"events.log.19700101T000001Z-1", "events.log.19700101T000004Z-1",
                                "events.log.19700101T000005Z-1"}));
    rotate_at(6s, 2);
    EXPECT_EQ(rotated(), (Names{"events.log.19700101T000005Z-1", "events.log.19700101T000006Z-1"}));
}

TEST_F(RotationTest, FindsWhatAKilledCompressionHasLeftOfOwnFiles) {
    write("events.log.20110808T114516Z-1");
    write("events.log.20110808T114516Z-1.gz.part");
    write("events.log.20110808T114516Z-2.zst.part");
    write("events.log.20110808T114516Z-2.zst");
    write("events.log.20110808T114516Z-3");
    write("other.log.20110808T114516Z-1.gz.part");
    write("events.log.part");
    const auto is_ours = [](const std::string& name) { return name == "events.log"; };
    const auto unfinished = find_unfinished(files_, directory_.path(), is_ours).value();
    Names parts = unfinished.parts;
    std::ranges::sort(parts);
    EXPECT_EQ(parts, (Names{"events.log.20110808T114516Z-1.gz.part",
                            "events.log.20110808T114516Z-2.zst.part"}));
    EXPECT_EQ(unfinished.uncompressed, Names{"events.log.20110808T114516Z-1"});
}

TEST_F(RotationTest, CountsCompressedFilesAndCompressesAllButTheNewest) {
    write("events.log.20110808T114516Z-1");
    write("events.log.20110808T114516Z-2.gz");
    write("events.log.20110808T114516Z-3.zst");
    write("events.log.20110808T114516Z-4.gz.part");
    rotate_at(1'312'803'917s);
    EXPECT_EQ(rotated(),
              (Names{"events.log.20110808T114516Z-1", "events.log.20110808T114516Z-2.gz",
                     "events.log.20110808T114516Z-3.zst", "events.log.20110808T114517Z-1"}));
    EXPECT_EQ(files_to_compress(files_, directory_.path(), "events.log").value(),
              Names{"events.log.20110808T114516Z-1"});
    rotate_at(1'312'803'918s, 2);
    EXPECT_EQ(rotated(), (Names{"events.log.20110808T114517Z-1", "events.log.20110808T114518Z-1"}));
}

TEST(RotationDue, BySizeBeforeItWouldBeExceededAndByAge) {
    const RotationOptions options{1000, 24h, 0};
    EXPECT_FALSE(is_rotation_due(options, 900, 100, 1h));
    EXPECT_TRUE(is_rotation_due(options, 900, 101, 1h));
    EXPECT_TRUE(is_rotation_due(options, 1, 1, 24h));
    EXPECT_FALSE(is_rotation_due(options, 0, 5000, 48h));
    EXPECT_FALSE(is_rotation_due({0, 0s, 0}, 1 << 30, 1 << 30, 48h));
}

}  // namespace
}  // namespace eventfwd

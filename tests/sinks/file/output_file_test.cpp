#include "sinks/file/output_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/faulty_file_system.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

using test::FaultyFileSystem;

class OutputFileTest : public testing::Test {
  protected:
    void exists(const std::string& content) { std::ofstream(path_) << content; }
    OutputFile open(std::uint64_t committed) {
        auto file = files_.open(path_, OpenMode::append_or_make, 0640).value();
        const FileStatus status = file->status().value();
        return OutputFile(std::move(file), status, committed, {});
    }
    std::string content() {
        PosixFileSystem files;
        return read_whole_file(files, path_).value();
    }

    test::TemporaryDirectory directory_;
    std::string path_ = directory_ / "events.log";
    FaultyFileSystem files_;
};

TEST_F(OutputFileTest, AppendsWhatItIsGiven) {
    OutputFile file = open(0);
    ASSERT_TRUE(file.write({"one\n", "two\n"}).result);
    file.commit();
    ASSERT_TRUE(file.write({"three\n"}).result);
    EXPECT_EQ(content(), "one\ntwo\nthree\n");
    EXPECT_EQ(file.committed(), 8U);
    EXPECT_EQ(file.length(), 14U);
}

TEST_F(OutputFileTest, DoesNotWriteTwiceWhatACrashLeftBehind) {
    const std::string lines = "one\ntwo\nthree\n";
    for (std::size_t there = 0; there <= lines.size(); ++there) {
        std::filesystem::remove(path_);
        exists("old\n" + lines.substr(0, there));
        OutputFile file = open(4);
        const auto written = file.write({"one\ntwo\n", "three\n"});
        ASSERT_TRUE(written.result);
        EXPECT_FALSE(written.met_foreign_bytes);
        EXPECT_EQ(content(), "old\n" + lines) << there;
        file.commit();
        EXPECT_EQ(file.committed(), file.length());
    }
}

TEST_F(OutputFileTest, EndsTheHalfLineThatItFindsAtTheEnd) {
    exists("half");
    OutputFile file = open(4);
    ASSERT_TRUE(file.write({"one\n"}).result);
    EXPECT_EQ(content(), "half\none\n");
}

TEST_F(OutputFileTest, WritesOnceMoreWhatASyncThatFailedMayHaveLost) {
    OutputFile file = open(0);
    ASSERT_TRUE(file.write({"one\n"}).result);
    ASSERT_TRUE(file.sync());
    ASSERT_TRUE(file.write({"two\n"}).result);
    files_.fail_call(1, EIO);
    ASSERT_FALSE(file.sync());
    ASSERT_TRUE(file.write({"three\n"}).result);
    files_.count_writes();
    ASSERT_TRUE(file.sync());
    EXPECT_EQ(files_.written(), 10U);  // "two\n" and "three\n", in place
    EXPECT_EQ(content(), "one\ntwo\nthree\n");
    ASSERT_TRUE(file.write({"four\n"}).result);
    EXPECT_EQ(content(), "one\ntwo\nthree\nfour\n");
    ASSERT_TRUE(file.sync());
}

TEST_F(OutputFileTest, RecognisesLinesThatComeInSeveralBatches) {
    exists("one\ntwo\nthr");
    OutputFile file = open(0);
    ASSERT_TRUE(file.write({"one\n"}).result);
    file.commit();
    EXPECT_EQ(file.committed(), 4U);
    ASSERT_TRUE(file.write({"two\n"}).result);
    file.commit();
    ASSERT_TRUE(file.write({"three\n"}).result);
    file.commit();
    EXPECT_EQ(content(), "one\ntwo\nthree\n");
}

TEST_F(OutputFileTest, EndsTheLineOfAForeignWriterAndGoesOn) {
    exists("one\ntwoforeign");
    OutputFile file = open(0);
    const auto written = file.write({"one\ntwo\nthree\n"});
    ASSERT_TRUE(written.result);
    EXPECT_TRUE(written.met_foreign_bytes);
    EXPECT_EQ(content(), "one\ntwoforeign\ntwo\nthree\n");
}

TEST_F(OutputFileTest, AFileThatWasCutGoesOnAtItsEnd) {
    exists("one\n");
    OutputFile file = open(400);  // a cursor vouched for more than is there
    ASSERT_TRUE(file.write({"two\n"}).result);
    EXPECT_EQ(content(), "one\ntwo\n");
}

TEST_F(OutputFileTest, CompletesAHalfLineWhenThereIsRoomAgain) {
    OutputFile file = open(0);
    ASSERT_TRUE(file.write({"one\n"}).result);
    file.commit();
    files_.fail_call(1, ENOSPC, FaultyFileSystem::Fault::half_write);
    EXPECT_EQ(file.write({"two\nthree\n"}).result.error().code, ENOSPC);
    EXPECT_EQ(content(), "one\ntwo\nt");
    ASSERT_TRUE(file.write({"two\nthree\n"}).result);
    EXPECT_EQ(content(), "one\ntwo\nthree\n");
}

}  // namespace
}  // namespace eventfwd

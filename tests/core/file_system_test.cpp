#include "core/file_system.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

class FileSystemTest : public testing::Test {
  protected:
    std::string contents(const std::string& name) {
        return read_whole_file(files_, directory_ / name).value();
    }

    test::TemporaryDirectory directory_;
    PosixFileSystem files_;
};

TEST_F(FileSystemTest, AppendsWholeListsOfParts) {
    auto file = files_.open(directory_ / "f", OpenMode::append_or_make, 0640).value();
    std::string text;
    std::vector<iovec> parts(3000, as_iovec("0123456789"));
    const Appended appended = append_all(*file, parts);
    ASSERT_TRUE(appended.result);
    EXPECT_EQ(appended.bytes, 30000U);
    EXPECT_EQ(contents("f").size(), 30000U);
}

TEST_F(FileSystemTest, WritesAtAnOffset) {
    auto file = files_.open(directory_ / "f", OpenMode::create, 0640).value();
    iovec first = as_iovec("abcdef");
    iovec second = as_iovec("XY");
    ASSERT_TRUE(write_all_at(*file, 0, {&first, 1}));
    ASSERT_TRUE(write_all_at(*file, 2, {&second, 1}));
    EXPECT_EQ(contents("f"), "abXYef");
}

TEST_F(FileSystemTest, NamesTheObjectAndTheReasonOfAFailure) {
    const auto missing = files_.open(directory_ / "none", OpenMode::read, 0);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().message,
              "open " + (directory_ / "none") + ": No such file or directory");
    EXPECT_EQ(missing.error().code, ENOENT);
}

TEST_F(FileSystemTest, MakesDirectoriesAndThoseAboveThem) {
    ASSERT_TRUE(files_.make_directories(directory_ / "a/b/c", 0750));
    ASSERT_TRUE(files_.make_directories(directory_ / "a/b/c", 0750));
    EXPECT_TRUE(files_.open(directory_ / "a/b/c/f", OpenMode::create, 0640));
    EXPECT_FALSE(files_.make_directories(directory_ / "a/b/c/f", 0750));
}

TEST_F(FileSystemTest, NothingLeadsOutFromBeneathARoot) {
    ASSERT_TRUE(files_.make_directories(directory_ / "root", 0750));
    ASSERT_EQ(::symlink("/tmp", (directory_ / "root/link").c_str()), 0);
    const auto open = [&](const std::string& path) {
        return files_.open_beneath(directory_ / "root", path, OpenMode::append_or_make, 0640);
    };
    ASSERT_TRUE(files_.make_directories(directory_ / "root/a/b", 0750));
    EXPECT_TRUE(open("inside"));
    EXPECT_TRUE(open("a/b/inside"));
    EXPECT_FALSE(open("../outside"));
    EXPECT_FALSE(open("a/../../outside"));
    EXPECT_FALSE(open("/tmp/outside"));
    EXPECT_FALSE(open("missing/inside"));
    EXPECT_FALSE(open("link/outside"));
    EXPECT_FALSE(open("link"));
}

TEST_F(FileSystemTest, DoesNotFollowALink) {
    ASSERT_EQ(::symlink((directory_ / "target").c_str(), (directory_ / "link").c_str()), 0);
    EXPECT_EQ(files_.open(directory_ / "link", OpenMode::append_or_make, 0640).error().code, ELOOP);
}

}  // namespace
}  // namespace eventfwd

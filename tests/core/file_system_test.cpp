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

// Of /proc, as of some file systems over a network, the kernel says EINVAL.
TEST(DirectorySync, IsNoFailureWhereTheFileSystemHasNoneAndThatIsToldOnce) {
    std::vector<std::string> told;
    PosixFileSystem files([&](const Error& error) { told.push_back(error.message); });
    EXPECT_TRUE(files.sync_directory("/proc/self"));
    EXPECT_TRUE(files.sync_directory("/proc/self/fd"));
    EXPECT_EQ(told, std::vector<std::string>{"sync directory /proc/self: Invalid argument"});
    EXPECT_TRUE(files.sync_directory("/tmp"));
    EXPECT_EQ(told.size(), 1U);
}

TEST(DirectorySync, ThatFailsIsAFailure) {
    PosixFileSystem files;
    EXPECT_EQ(files.sync_directory("/no/such/directory").error().code, ENOENT);
    for (const int code : {EIO, ENOSPC, EROFS, EACCES})
        EXPECT_FALSE(is_unable_to_sync_directory(code));
}

TEST_F(FileSystemTest, ReadsThroughLinksWhereAnOperatorNamedThePath) {
    ASSERT_TRUE(files_.make_directories(directory_ / "..2024_01", 0750));
    files_.open(directory_ / "..2024_01/token", OpenMode::create, 0640).value();
    ASSERT_EQ(::symlink("..2024_01", (directory_ / "..data").c_str()), 0);
    ASSERT_EQ(::symlink("..data/token", (directory_ / "token").c_str()), 0);
    EXPECT_TRUE(files_.open(directory_ / "token", OpenMode::read_named, 0));
    EXPECT_EQ(files_.open(directory_ / "token", OpenMode::read, 0).error().code, ELOOP);
    EXPECT_TRUE(files_.status(directory_ / "token")->is_regular);
}

TEST_F(FileSystemTest, FindsWhereLinksLeadAlsoWhereNothingIsThere) {
    ASSERT_EQ(::symlink("two", (directory_ / "one").c_str()), 0);
    ASSERT_EQ(::symlink((directory_ / "three").c_str(), (directory_ / "two").c_str()), 0);
    EXPECT_EQ(files_.real_path(directory_ / "one").value(), directory_ / "three");
    EXPECT_EQ(files_.real_path(directory_ / "none").value(), directory_ / "none");
    ASSERT_EQ(::symlink("round", (directory_ / "round").c_str()), 0);
    EXPECT_EQ(files_.real_path(directory_ / "round").error().code, ELOOP);
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

#include "net/file_watch.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>

#include "core/unique_fd.h"
#include "net/socket_file.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

class FileWatchTest : public testing::Test {
  protected:
    FileWatchTest() {
        EXPECT_EQ(::mkdir(inner_.c_str(), 0755), 0);
        fd_ = UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        file_ = std::move(bind_socket_file(fd_.get(), path_, 0600).value());
    }
    // How many calls follow CHANGE, which the kernel tells of at once.
    int calls_after(const std::function<void()>& change) {
        const auto watched = watch_.watch({path_});
        EXPECT_TRUE(watched) << watched.error().message;
        change();
        const int before = calls_;
        io_.restart();
        io_.poll();
        return calls_ - before;
    }

    test::TemporaryDirectory directory_;
    const std::string outer_ = directory_ / "outer";
    const std::string inner_ = (std::filesystem::create_directory(outer_), outer_ + "/inner");
    const std::string path_ = inner_ + "/socket";
    boost::asio::io_context io_;
    int calls_ = 0;
    FileWatch watch_{io_, [this] { ++calls_; }};
    UniqueFd fd_;
    SocketFile file_;
};

TEST_F(FileWatchTest, CallsWhereTheFileIsRemoved) {
    EXPECT_EQ(calls_after([&] { ::unlink(path_.c_str()); }), 1);
}

TEST_F(FileWatchTest, CallsWhereTheFileIsReplaced) {
    std::ofstream(inner_ + "/other") << "x";
    EXPECT_EQ(calls_after([&] { ::rename((inner_ + "/other").c_str(), path_.c_str()); }), 1);
}

TEST_F(FileWatchTest, CallsWhereTheFileIsMoved) {
    EXPECT_EQ(calls_after([&] { ::rename(path_.c_str(), (outer_ + "/away").c_str()); }), 1);
}

TEST_F(FileWatchTest, CallsWhereADirectoryAboveIsMoved) {
    EXPECT_EQ(calls_after([&] { ::rename(inner_.c_str(), (outer_ + "/away").c_str()); }), 1);
    ::rename((outer_ + "/away").c_str(), inner_.c_str());
    EXPECT_EQ(calls_after([&] { ::rename(outer_.c_str(), (directory_ / "away").c_str()); }), 1);
}

TEST_F(FileWatchTest, IsIdleWhileOthersChangeInTheDirectory) {
    EXPECT_EQ(calls_after([&] {
                  std::ofstream(inner_ + "/other") << "x";
                  ::unlink((inner_ + "/other").c_str());
                  ::mkdir((outer_ + "/other").c_str(), 0755);
              }),
              0);
}

TEST_F(FileWatchTest, CallsOnceForManyChanges) {
    EXPECT_EQ(calls_after([&] {
                  ::chmod(path_.c_str(), 0666);
                  ::unlink(path_.c_str());
              }),
              1);
}

TEST_F(FileWatchTest, PassesOverAFileThatIsNotThere) {
    ::unlink(path_.c_str());
    EXPECT_EQ(calls_after([] {}), 0);
}

}  // namespace
}  // namespace eventfwd

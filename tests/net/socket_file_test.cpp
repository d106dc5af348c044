#include "net/socket_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <latch>
#include <thread>
#include <vector>

#include "core/unique_fd.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

class SocketFileTest : public testing::Test {
  protected:
    struct Bound {
        UniqueFd fd;
        Result<SocketFile> file;  // goes before the descriptor
    };
    Bound bind(int type = SOCK_DGRAM, mode_t mode = 0600) const {
        UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
        auto file = bind_socket_file(fd.get(), path_, mode);
        return {std::move(fd), std::move(file)};
    }
    // As a process does that was killed.
    void leave_a_socket_behind(int type) const {
        auto bound = bind(type);
        ASSERT_EQ(::rename(path_.c_str(), aside_.c_str()), 0);
        bound = {};
        ASSERT_EQ(::rename(aside_.c_str(), path_.c_str()), 0);
    }
    bool is_there() const { return ::access(path_.c_str(), F_OK) == 0; }

    test::TemporaryDirectory directory_;
    const std::string path_ = directory_ / "socket";
    const std::string aside_ = directory_ / "aside";
};

TEST_F(SocketFileTest, GoesWithItsSocket) {
    {
        const Bound bound = bind();
        ASSERT_TRUE(bound.file);
        EXPECT_TRUE(bound.file->is_in_place());
    }
    EXPECT_FALSE(is_there());
}

TEST_F(SocketFileTest, LeavesTheFileOfItsSuccessor) {
    Bound successor;
    {
        const Bound first = bind();
        ASSERT_TRUE(first.file);
        ASSERT_EQ(::unlink(path_.c_str()), 0);
        successor = bind();
        ASSERT_TRUE(successor.file) << successor.file.error().message;
        EXPECT_FALSE(first.file->is_in_place());
    }
    EXPECT_TRUE(successor.file->is_in_place());
}

TEST_F(SocketFileTest, LeavesTheFileOfAnotherProcess) {
    const Bound other = bind();
    {
        const SocketFile file = SocketFile::of_another(path_);
        EXPECT_TRUE(file.is_in_place());
    }
    EXPECT_TRUE(other.file->is_in_place());
}

TEST_F(SocketFileTest, KnowsThatItWasMovedAway) {
    const Bound bound = bind();
    ASSERT_EQ(::rename(path_.c_str(), aside_.c_str()), 0);
    EXPECT_FALSE(bound.file->is_in_place());
    ASSERT_EQ(::rename(aside_.c_str(), path_.c_str()), 0);
    EXPECT_TRUE(bound.file->is_in_place());
}

TEST_F(SocketFileTest, ReplacesASocketOfAnyTypeThatADeadProcessLeft) {
    for (const int type : {SOCK_DGRAM, SOCK_STREAM, SOCK_SEQPACKET}) {
        leave_a_socket_behind(type);
        ASSERT_TRUE(is_there());
        const Bound bound = bind();
        EXPECT_TRUE(bound.file) << type;
    }
}

TEST_F(SocketFileTest, LeavesASocketOfAnyTypeThatIsAlive) {
    for (const int type : {SOCK_DGRAM, SOCK_STREAM, SOCK_SEQPACKET}) {
        const Bound first = bind(type);
        const Bound second = bind();
        ASSERT_FALSE(second.file) << type;
        EXPECT_EQ(second.file.error().code, EADDRINUSE);
        EXPECT_TRUE(first.file->is_in_place());
    }
}

TEST_F(SocketFileTest, LeavesAFileThatIsNoSocket) {
    std::ofstream(path_) << "precious";
    const Bound bound = bind();
    ASSERT_FALSE(bound.file);
    EXPECT_EQ(bound.file.error().message, "something that is no socket stands there");
    EXPECT_TRUE(is_there());
}

TEST_F(SocketFileTest, NeverAllowsMoreThanItsMode) {
    const mode_t before = ::umask(0);
    const Bound bound = bind(SOCK_DGRAM, 0620);
    ::umask(before);
    struct stat status{};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0620U);
}

// Instances that start at the same time all find the file of a dead process. If one removed what
// another had just made, two would be bound.
TEST_F(SocketFileTest, IsMadeByOneOfManyThatStartAtOnce) {
    constexpr std::size_t kInstances = 4;
    for (int round = 0; round < 100; ++round) {
        leave_a_socket_behind(SOCK_DGRAM);
        std::latch go(kInstances);
        std::array<Bound, kInstances> bound;
        std::vector<std::thread> instances;
        for (Bound& mine : bound) {
            instances.emplace_back([&] {
                go.arrive_and_wait();
                mine = bind();
            });
        }
        for (std::thread& instance : instances)
            instance.join();
        EXPECT_EQ(std::ranges::count_if(bound, [](const Bound& b) { return b.file.has_value(); }),
                  1);
    }
}

TEST_F(SocketFileTest, IsMadeThoughSomebodyHoldsTheLockOfItsDirectory) {
    const UniqueFd holder(::open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_EQ(::flock(holder.get(), LOCK_EX), 0);
    EXPECT_TRUE(bind().file);
}

}  // namespace
}  // namespace eventfwd

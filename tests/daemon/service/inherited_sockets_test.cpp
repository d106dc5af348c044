#include "daemon/service/inherited_sockets.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>

#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

using Taken = std::vector<InheritedSockets::Socket>;

// What a socket is called in an expectation: its name and its address.
std::string described(const Taken& sockets) {
    std::string text;
    for (const InheritedSockets::Socket& socket : sockets)
        text += socket.fd_name + "=" + socket.address + " ";
    return text;
}

// Descriptors are passed to a child of the test, from 3 on, as systemd does it. What the child
// finds comes back as a text.
class InheritedSocketsTest : public testing::Test {
  protected:
    static constexpr int kHigh = 200;  // out of the way of those that are passed

    void pass_udp() { pass(AF_INET, SOCK_DGRAM, Address::parse("127.0.0.1:0").value()); }
    void pass_tcp() { pass(AF_INET, SOCK_STREAM, Address::parse("127.0.0.1:0").value()); }
    void pass_unix(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::ranges::copy(path, address.sun_path);
        UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
        ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
                  0);
        passed_.push_back(std::move(fd));
    }
    // The address of a UDP or TCP socket that is passed.
    std::string address(std::size_t at) const {
        sockaddr_storage storage{};
        socklen_t length = sizeof(storage);
        auto* const raw = reinterpret_cast<sockaddr*>(&storage);
        ::getsockname(passed_[at].get(), raw, &length);
        return Address::of(raw, length)->text();
    }

    std::string in_child(const std::function<std::string(InheritedSockets)>& look) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe(ends.data()), 0);
        const pid_t child = ::fork();
        if (child == 0) be_child(ends[1], look);
        ::close(ends[1]);
        const UniqueFd answer(ends[0]);
        std::string text;
        std::array<char, 4096> bytes{};
        for (ssize_t size = 1; size > 0;) {
            size = ::read(answer.get(), bytes.data(), bytes.size());
            if (size > 0) text.append(bytes.data(), static_cast<std::size_t>(size));
        }
        int status = 0;
        EXPECT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0) << "the child did not come to its end";
        return text;
    }

    test::TemporaryDirectory directory_;
    std::vector<UniqueFd> passed_;
    std::string names_;  // FileDescriptorName= of each, with colons between them
    std::string pid_;    // LISTEN_PID; empty: the child's
    std::string count_;  // LISTEN_FDS; empty: as many as are passed

  private:
    void pass(int family, int type, const Address& any) {
        UniqueFd fd(::socket(family, type, 0));
        ASSERT_EQ(::bind(fd.get(), any.raw(), any.length()), 0);
        passed_.push_back(std::move(fd));
    }
    [[noreturn]] void be_child(int answer,
                               const std::function<std::string(InheritedSockets)>& look) {
        const int out = ::fcntl(answer, F_DUPFD, kHigh);
        std::vector<int> sources;
        for (const UniqueFd& fd : passed_)
            sources.push_back(::fcntl(fd.get(), F_DUPFD, kHigh));
        for (int fd = 3; fd < kHigh; ++fd)
            ::close(fd);
        for (std::size_t at = 0; at < sources.size(); ++at)
            ::dup2(sources[at], 3 + static_cast<int>(at));
        ::setenv("LISTEN_PID", (pid_.empty() ? std::to_string(::getpid()) : pid_).c_str(), 1);
        ::setenv("LISTEN_FDS", (count_.empty() ? std::to_string(sources.size()) : count_).c_str(),
                 1);
        ::setenv("LISTEN_FDNAMES", names_.c_str(), 1);
        const std::string found = look(InheritedSockets::from_environment());
        const bool is_written =
            ::write(out, found.data(), found.size()) == static_cast<ssize_t>(found.size());
        ::_exit(is_written ? 0 : 1);
    }
};

TEST_F(InheritedSocketsTest, GivesAnInputTheSocketsOfItsNameWhereverTheyAreBound) {
    pass_udp();
    pass_udp();
    pass_unix(directory_ / "socket");
    names_ = "game:web:game";
    const std::string found = in_child([](InheritedSockets inherited) {
        const Taken taken = inherited.take("game", {});
        return described(taken) + "| " + described(inherited.left());
    });
    EXPECT_EQ(found, "game=" + address(0) + " game=" + (directory_ / "socket") +
                         " | web=" + address(1) + " ");
}

TEST_F(InheritedSocketsTest, GivesAnInputTheSocketsAtItsAddressesWhateverTheirName) {
    pass_udp();
    pass_udp();
    pass_unix(directory_ / "socket");
    names_ = "eventfwd.socket:eventfwd.socket:eventfwd.socket";
    const std::vector<std::string> addresses{address(1), directory_ / "socket"};
    const std::string found = in_child([&](InheritedSockets inherited) {
        const Taken taken = inherited.take("game", addresses);
        return described(taken) + "| " + described(inherited.left());
    });
    EXPECT_EQ(found, "eventfwd.socket=" + addresses[0] + " eventfwd.socket=" + addresses[1] +
                         " | eventfwd.socket=" + address(0) + " ");
}

TEST_F(InheritedSocketsTest, GivesEachSocketOnce) {
    pass_udp();
    names_ = "game";
    const std::vector<std::string> addresses{address(0)};
    EXPECT_EQ(in_child([&](InheritedSockets inherited) {
                  const Taken first = inherited.take("game", {});
                  const Taken second = inherited.take("game", addresses);
                  return std::to_string(first.size()) + " " + std::to_string(second.size());
              }),
              "1 0");
}

TEST_F(InheritedSocketsTest, GivesNoDatagramInputAStream) {
    pass_tcp();
    names_ = "game";
    const std::vector<std::string> addresses{address(0)};
    EXPECT_EQ(in_child([&](InheritedSockets inherited) {
                  const Taken taken = inherited.take("game", addresses);
                  return described(taken) + "| " + described(inherited.left());
              }),
              "| game=" + addresses[0] + " ");
}

TEST_F(InheritedSocketsTest, TakesWhatHasNoName) {
    pass_udp();
    pass_udp();
    names_ = "game";
    EXPECT_EQ(in_child([](InheritedSockets inherited) { return described(inherited.left()); }),
              "game=" + address(0) + " =" + address(1) + " ");
}

TEST_F(InheritedSocketsTest, TakesNothingThatWasPassedToAnotherProcess) {
    pass_udp();
    for (const std::string& pid : {std::to_string(::getpid()), std::string("x")}) {
        pid_ = pid;
        EXPECT_EQ(in_child([](InheritedSockets inherited) { return described(inherited.left()); }),
                  "");
    }
}

TEST_F(InheritedSocketsTest, TakesNothingWhereTheCountIsNoNumber) {
    pass_udp();
    for (const char* count : {"-1", "one", "0"}) {
        count_ = count;
        EXPECT_EQ(in_child([](InheritedSockets inherited) { return described(inherited.left()); }),
                  "");
    }
}

TEST_F(InheritedSocketsTest, PassesOverADescriptorThatIsNotOpen) {
    pass_udp();
    names_ = "game:web";
    count_ = "2";
    EXPECT_EQ(in_child([](InheritedSockets inherited) { return described(inherited.left()); }),
              "game=" + address(0) + " ");
}

// A child of the daemon's would else take them for its own.
TEST_F(InheritedSocketsTest, LeavesNothingForAChild) {
    pass_udp();
    EXPECT_EQ(in_child([](InheritedSockets inherited) {
                  std::string left;
                  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
                      if (::getenv(name) != nullptr) left += name;
                  const int flags = ::fcntl(inherited.left()[0].fd.get(), F_GETFD);
                  return left + ((flags & FD_CLOEXEC) != 0 ? "closed on exec" : "open");
              }),
              "closed on exec");
}

}  // namespace
}  // namespace eventfwd

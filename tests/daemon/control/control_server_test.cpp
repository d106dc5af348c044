#include "daemon/control/control_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <fstream>
#include <memory>
#include <thread>

#include "core/unique_fd.h"
#include "daemon/control/control_client.h"
#include "support/any_user.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, address.sun_path);
    return address;
}

// A connection that says what the test wants, and no more.
class RawClient {
  public:
    explicit RawClient(const std::string& path)
        : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const sockaddr_un address = address_of(path);
        EXPECT_EQ(
            ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    }
    void say(std::string_view bytes) {
        EXPECT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    // All that comes until the server ends the connection.
    std::string hear() {
        std::string heard;
        std::array<char, 4096> bytes{};
        while (true) {
            const ssize_t size = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
            if (size <= 0) return heard;
            heard.append(bytes.data(), static_cast<std::size_t>(size));
        }
    }

  private:
    UniqueFd fd_;
};

// A server that answers a request with itself, on a thread of its own.
class EchoServer {
  public:
    explicit EchoServer(ControlServerOptions options = {})
        : server_(
              io_, [](std::string_view request) { return "you said: " + std::string(request); },
              options) {}
    ~EchoServer() { close(); }

    Result<> listen(const std::string& path, mode_t mode = 0600) {
        auto listening = server_.listen(path, mode);
        if (listening) thread_ = std::thread([this] { io_.run(); });
        return listening;
    }
    // Whether the socket was lost, and is made anew.
    bool restore() {
        return boost::asio::post(io_, boost::asio::use_future([this] {
                                     const auto lost = server_.restore();
                                     return lost && lost->made;
                                 }))
            .get();
    }
    void close() {
        if (!thread_.joinable()) return;
        boost::asio::post(io_, [this] { server_.close(); });
        thread_.join();
    }

  private:
    boost::asio::io_context io_;
    ControlServer server_;
    std::thread thread_;
};

class ControlServerTest : public testing::Test {
  protected:
    void listen(ControlServerOptions options = {}) {
        server_ = std::make_unique<EchoServer>(options);
        const auto listening = server_->listen(path_);
        ASSERT_TRUE(listening) << listening.error().message;
    }
    // As a process does that was killed.
    void leave_a_socket_behind() {
        const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un address = address_of(path_);
        ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
                  0);
    }
    bool is_there() const { return ::access(path_.c_str(), F_OK) == 0; }

    test::TemporaryDirectory directory_;
    std::string path_ = directory_ / "control";
    std::unique_ptr<EchoServer> server_;
};

TEST_F(ControlServerTest, AnswersOneLineWithOneLineAndEndsTheConnection) {
    listen();
    RawClient client(path_);
    client.say("sta");
    client.say("tus\nmore\n");
    EXPECT_EQ(client.hear(), "you said: status\n");
}

TEST_F(ControlServerTest, AnswersSeveralThatAskAtOnce) {
    listen();
    RawClient silent(path_);
    RawClient first(path_);
    RawClient second(path_);
    second.say("two\n");
    EXPECT_EQ(second.hear(), "you said: two\n");
    first.say("one\n");
    EXPECT_EQ(first.hear(), "you said: one\n");
}

TEST_F(ControlServerTest, MakesItsDirectoryAndGivesTheSocketItsMode) {
    path_ = directory_ / "run/eventfwd/control";
    server_ = std::make_unique<EchoServer>();
    ASSERT_TRUE(server_->listen(path_, 0660));
    struct stat status{};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0660U);
}

TEST_F(ControlServerTest, RemovesItsSocketWhenItIsClosed) {
    listen();
    EXPECT_TRUE(is_there());
    server_->close();
    EXPECT_FALSE(is_there());
}

TEST_F(ControlServerTest, LeavesAPathAloneWhereAnotherOneAnswers) {
    listen();
    {
        EchoServer second;
        const auto listening = second.listen(path_);
        ASSERT_FALSE(listening);
        EXPECT_EQ(listening.error().message,
                  "listen on control socket " + path_ + ": another eventfwd answers there");
    }
    EXPECT_EQ(ask_daemon(path_, "hello"), "you said: hello");
}

TEST_F(ControlServerTest, ReplacesASocketThatADeadProcessLeft) {
    leave_a_socket_behind();
    ASSERT_TRUE(is_there());
    listen();
    EXPECT_EQ(ask_daemon(path_, "hello"), "you said: hello");
}

TEST_F(ControlServerTest, LeavesASocketAloneWhoseDaemonAnswersNobody) {
    const UniqueFd hung(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(path_);
    ASSERT_EQ(::bind(hung.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(::listen(hung.get(), 0), 0);
    const RawClient fills_the_queue(path_);
    EchoServer second;
    EXPECT_FALSE(second.listen(path_));
    EXPECT_TRUE(is_there());
}

TEST_F(ControlServerTest, LeavesTheSocketOfItsSuccessor) {
    listen();
    ASSERT_EQ(::unlink(path_.c_str()), 0);
    EchoServer successor;
    ASSERT_TRUE(successor.listen(path_));
    server_->close();
    EXPECT_EQ(ask_daemon(path_, "hello"), "you said: hello");
}

TEST_F(ControlServerTest, MakesItsSocketAnewAndAnswersThoseWhoWait) {
    listen();
    EXPECT_FALSE(server_->restore());
    RawClient early(path_);
    ASSERT_EQ(::unlink(path_.c_str()), 0);
    EXPECT_TRUE(server_->restore());
    EXPECT_EQ(ask_daemon(path_, "hello"), "you said: hello");
    early.say("me, too\n");
    EXPECT_EQ(early.hear(), "you said: me, too\n");
    server_->close();
    EXPECT_FALSE(is_there());
}

TEST_F(ControlServerTest, LeavesAFileAloneThatIsNoSocket) {
    std::ofstream(path_) << "precious";
    EchoServer server;
    const auto listening = server.listen(path_);
    ASSERT_FALSE(listening);
    EXPECT_EQ(listening.error().message,
              "listen on control socket " + path_ + ": something that is no socket stands there");
    std::string content;
    std::ifstream(path_) >> content;
    EXPECT_EQ(content, "precious");
}

TEST_F(ControlServerTest, RefusesAPathThatIsTooLong) {
    EchoServer server;
    const auto listening = server.listen(directory_ / std::string(120, 'x'));
    ASSERT_FALSE(listening);
    EXPECT_TRUE(listening.error().message.ends_with("the path of a socket is too long"));
}

TEST_F(ControlServerTest, TakesARequestUpToItsLimitAndNoneBeyond) {
    listen({.request_bytes_max = 100});
    const std::string longest(99, 'x');
    RawClient client(path_);
    client.say(longest + "\n");
    EXPECT_EQ(client.hear(), "you said: " + longest + "\n");
    RawClient hostile(path_);
    hostile.say(longest + "x");
    EXPECT_EQ(hostile.hear(), "") << "it waits for no more";
    EXPECT_EQ(ask_daemon(path_, "hello"), "you said: hello");
}

TEST_F(ControlServerTest, EndsASessionThatSaysNothing) {
    listen({.session_max = std::chrono::milliseconds(20)});
    RawClient silent(path_);
    silent.say("half a requ");
    EXPECT_EQ(silent.hear(), "");
    EXPECT_EQ(ask_daemon(path_, "hello"), "you said: hello");
}

class ControlClientTest : public ControlServerTest {
  protected:
    std::string why_not() {
        const auto answer = ask_daemon(path_, "status");
        EXPECT_FALSE(answer);
        return answer ? "" : answer.error().message;
    }
};

TEST_F(ControlClientTest, AsksWhetherTheDaemonRunsWhereNobodyAnswers) {
    const std::string question = "; is `eventfwd run` running, with the same -c?";
    EXPECT_EQ(why_not(), "ask the daemon at " + path_ + ": No such file or directory" + question);
    leave_a_socket_behind();
    EXPECT_EQ(why_not(), "ask the daemon at " + path_ + ": Connection refused" + question);
}

TEST_F(ControlClientTest, SaysThatItMayNot) {
    listen();
    ASSERT_EQ(::chmod(path_.c_str(), 0), 0);
    const test::AnyUser any_user;
    EXPECT_EQ(why_not(), "ask the daemon at " + path_ +
                             ": Permission denied; run this as the daemon's user or as root, or "
                             "widen control.mode");
}

TEST_F(ControlClientTest, FailsWhereTheConnectionEndsWithoutAnAnswer) {
    listen({.session_max = std::chrono::milliseconds(1), .request_bytes_max = 4});
    EXPECT_TRUE(why_not().starts_with("ask the daemon at " + path_ + ": "));
}

TEST_F(ControlClientTest, RefusesAPathThatIsTooLong) {
    path_ = directory_ / std::string(120, 'x');
    EXPECT_EQ(why_not(), "ask the daemon at " + path_ + ": the path of a socket is too long");
}

TEST_F(ControlClientTest, BringsAnAnswerOfAnySize) {
    const std::string request(4000, 'x');
    listen();
    EXPECT_EQ(ask_daemon(path_, request), "you said: " + request);
}

}  // namespace
}  // namespace eventfwd

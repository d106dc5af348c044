#include "sinks/syslog/syslog_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <functional>
#include <future>

#include "core/address.h"
#include "core/unique_fd.h"
#include "support/temporary_directory.h"
#include "support/wait.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using Kind = Outcome::Kind;

// A server that does only what the test tells it to.
class Server {
  public:
    // A port of HOST that the system picks.
    static Server tcp(const std::string& host = "127.0.0.1:0", int receive_buffer = 0) {
        return Server(*Address::parse(host), SOCK_STREAM, receive_buffer);
    }
    static Server udp(const std::string& host = "127.0.0.1:0") {
        return Server(*Address::parse(host), SOCK_DGRAM, 0);
    }
    static Server unix(const std::string& path, int type) { return Server(path, type); }

    std::string address(const std::string& scheme) const {
        sockaddr_storage storage{};
        socklen_t length = sizeof(storage);
        auto* const raw = reinterpret_cast<sockaddr*>(&storage);
        ::getsockname(socket_.get(), raw, &length);
        return scheme + "://" + Address::of(raw, length)->text();
    }

    // The next connection.
    void accept() {
        ASSERT_TRUE(eventually([&] {
            connection_ = UniqueFd(::accept(socket_.get(), nullptr, nullptr));
            return static_cast<bool>(connection_);
        }));
        ::fcntl(connection_.get(), F_SETFL, O_NONBLOCK);
    }
    bool has_caller() const {
        pollfd ready{socket_.get(), POLLIN, 0};
        return ::poll(&ready, 1, 0) == 1;
    }
    // At most MOST of what is there; nothing where nothing is.
    std::string read_some(std::size_t most) {
        std::string text(std::min<std::size_t>(most, 70'000), '\0');
        const ssize_t size = ::recv(reader(), text.data(), text.size(), MSG_DONTWAIT);
        text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return text;
    }
    std::string read(std::size_t bytes) {
        std::string text;
        EXPECT_TRUE(eventually([&] {
            text += read_some(bytes - text.size());
            return text.size() == bytes;
        })) << text;
        return text;
    }
    std::string read_datagram() {
        std::string text;
        EXPECT_TRUE(eventually([&] {
            text = read_some(70'000);
            return !text.empty();
        }));
        return text;
    }
    // What the kernel has acknowledged for it and it has not read.
    std::size_t unread() const {
        int bytes = 0;
        ::ioctl(reader(), FIONREAD, &bytes);
        return static_cast<std::size_t>(bytes);
    }
    void say(const std::string& text) { ::send(reader(), text.data(), text.size(), MSG_NOSIGNAL); }
    void hang_up() { connection_ = UniqueFd(); }
    void close() {
        hang_up();
        socket_ = UniqueFd();
    }

  private:
    Server(const Address& address, int type, int receive_buffer)
        : socket_(::socket(address.family(), type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        const int on = 1;
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (receive_buffer > 0) {
            ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer,
                         sizeof(receive_buffer));
        }
        EXPECT_EQ(::bind(socket_.get(), address.raw(), address.length()), 0) << address.text();
        if (type == SOCK_STREAM) ::listen(socket_.get(), 8);
    }
    Server(const std::string& path, int type)
        : socket_(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        ::unlink(path.c_str());
        sockaddr_un raw{};
        raw.sun_family = AF_UNIX;
        path.copy(raw.sun_path, sizeof(raw.sun_path) - 1);
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&raw), sizeof(raw)), 0);
        if (type == SOCK_STREAM) ::listen(socket_.get(), 8);
    }
    int reader() const { return connection_ ? connection_.get() : socket_.get(); }

    UniqueFd socket_;
    UniqueFd connection_;
};

std::string line(std::size_t number, std::size_t filling = 0) {
    return "2011-08-08T11:45:17.735045Z application=\"shop\" event=\"e\" analytics_prop__n=\"" +
           std::to_string(number) + "\" analytics_prop__x=\"" + std::string(filling, 'x') + "\"\n";
}

// Numbered from 0.
std::string lines(std::size_t count, std::size_t filling = 0) {
    std::string text;
    for (std::size_t number = 0; number < count; ++number)
        text += line(number, filling);
    return text;
}

class NoCheckpoint final : public Checkpoint {
  public:
    Result<> save() override { return {}; }
};

// A sink with a stand-in for its courier.
class SyslogSinkTest : public testing::Test {
  protected:
    void make(const std::string& address) {
        options_.peer.address = SyslogAddress::parse(address).value();
        options_.format.host = "h";
        if (options_.peer.address.is_datagram()) {
            options_.format.framing = SyslogFormat::Framing::none;
        }
        sink_ = std::make_unique<SyslogSink>(options_);
    }
    void begin(const std::string& text) {
        text_ = text;
        run_ = {1, static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n')), text_};
        batch_ = {{&run_, 1}, {&run_, 1}, run_.count};
        outcome_ =
            boost::asio::co_spawn(io_, sink_->send(batch_, checkpoint_), boost::asio::use_future);
    }
    // Lets the sink go on while the test looks after its server.
    bool until(const std::function<bool()>& condition) {
        return eventually([&] {
            io_.restart();
            io_.poll();
            return condition();
        });
    }
    bool is_over() { return outcome_.wait_for(0s) == std::future_status::ready; }
    Outcome end() {
        EXPECT_TRUE(until([&] { return is_over(); }));
        return outcome_.get();
    }
    Outcome send(const std::string& text) {
        begin(text);
        return end();
    }
    // The same lines as the sink renders them.
    std::string messages(const std::string& text) {
        SyslogRenderer renderer(options_.format, ::getpid());
        const LineRun run{1, static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n')),
                          text};
        return std::string(renderer.render({{&run, 1}, {&run, 1}, run.count}).bytes);
    }
    // Reads while the sink writes, until there are so many bytes.
    std::string read_beside(Server& server, std::size_t bytes) {
        std::string text;
        EXPECT_TRUE(until([&] {
            text += server.read_some(bytes - text.size());
            return text.size() == bytes;
        })) << text.size();
        return text;
    }
    // The sink writes until the peer's window is closed.
    void fill_up(const Server& server) {
        std::size_t seen = 0;
        auto changed_at = std::chrono::steady_clock::now();
        ASSERT_TRUE(until([&] {
            const auto now = std::chrono::steady_clock::now();
            if (const std::size_t unread = server.unread(); unread != seen) {
                seen = unread;
                changed_at = now;
            }
            return seen > 0 && now - changed_at > 300ms;
        }));
    }

    test::TemporaryDirectory directory_;
    SyslogSinkOptions options_;
    NoCheckpoint checkpoint_;
    boost::asio::io_context io_{1};
    std::unique_ptr<SyslogSink> sink_;
    std::string text_;
    LineRun run_;
    Batch batch_;
    std::future<Outcome> outcome_;
};

TEST_F(SyslogSinkTest, SendsOverTcp) {
    Server server = Server::tcp();
    make(server.address("tcp"));
    EXPECT_EQ(send(lines(3)).kind, Kind::delivered);
    EXPECT_EQ(send(lines(2)).kind, Kind::delivered);
    server.accept();
    const std::string wanted = messages(lines(3)) + messages(lines(2));
    EXPECT_EQ(server.read(wanted.size()), wanted);
    EXPECT_FALSE(server.has_caller()) << "a connection is used again";
}

TEST_F(SyslogSinkTest, SendsOverIpv6AndToAName) {
    Server six = Server::tcp("[::1]:0");
    make(six.address("tcp"));
    EXPECT_EQ(send(lines(1)).kind, Kind::delivered);
    Server named = Server::tcp();
    const std::string address = named.address("tcp");
    make("tcp://localhost" + address.substr(address.rfind(':')));
    EXPECT_EQ(send(lines(1)).kind, Kind::delivered);
    named.accept();
    EXPECT_EQ(named.read(10), messages(lines(1)).substr(0, 10));
}

TEST_F(SyslogSinkTest, SendsOverAUnixStream) {
    const std::string path = directory_ / "s";
    Server server = Server::unix(path, SOCK_STREAM);
    options_.format.framing = SyslogFormat::Framing::lf;
    make("unix://" + path);
    begin(lines(3));
    const std::string wanted = messages(lines(3));
    ASSERT_TRUE(until([&] { return server.has_caller(); }));
    server.accept();
    EXPECT_EQ(read_beside(server, wanted.size()), wanted);
    EXPECT_EQ(end().kind, Kind::delivered);
}

TEST_F(SyslogSinkTest, WhatAUnixStreamsPeerHasNotReadIsNotDelivered) {
    const std::string path = directory_ / "s";
    Server server = Server::unix(path, SOCK_STREAM);
    make("unix://" + path);
    begin(lines(3));
    ASSERT_TRUE(until([&] { return server.has_caller(); }));
    server.accept();
    const std::size_t bytes = messages(lines(3)).size();
    ASSERT_TRUE(until([&] { return server.unread() == bytes; }));
    EXPECT_FALSE(is_over());
    server.hang_up();  // and throws it away
    const Outcome outcome = end();
    EXPECT_EQ(outcome.kind, Kind::try_again);
    EXPECT_EQ(outcome.settled, 0U);
    EXPECT_EQ(outcome.in_doubt, 3U);
}

TEST_F(SyslogSinkTest, NobodyThereIsToldInWords) {
    Server server = Server::tcp();
    const std::string address = server.address("tcp");
    server.close();
    make(address);
    EXPECT_EQ(send(lines(1)).reason, "connect to " + address + ": Connection refused");
    EXPECT_EQ(sink_->connections().at(0).state, "resting after trouble");
    make("unix://" + (directory_ / "none"));
    EXPECT_TRUE(send(lines(1)).reason.ends_with("/none: No such file or directory"));
    make("unixgram://" + (directory_ / "none"));
    EXPECT_TRUE(send(lines(1)).reason.ends_with("/none: No such file or directory"));
    make("tcp://does-not-exist.invalid:1");
    const Outcome outcome = send(lines(1));
    EXPECT_EQ(outcome.kind, Kind::try_again);
    EXPECT_TRUE(outcome.reason.starts_with("look up does-not-exist.invalid: ")) << outcome.reason;
}

TEST_F(SyslogSinkTest, AConnectionThatWasClosedIsMadeAnewWithoutAWord) {
    Server server = Server::tcp();
    make(server.address("tcp"));
    EXPECT_EQ(send(lines(1)).kind, Kind::delivered);
    server.accept();
    server.read(messages(lines(1)).size());
    server.hang_up();
    const Outcome outcome = send(lines(2));
    EXPECT_EQ(outcome.kind, Kind::delivered) << outcome.reason;
    server.accept();
    EXPECT_EQ(server.read(messages(lines(2)).size()), messages(lines(2)));
}

TEST_F(SyslogSinkTest, WhatAServerSaysIsNotMistakenForItsEnd) {
    Server server = Server::tcp();
    make(server.address("tcp"));
    EXPECT_EQ(send(lines(1)).kind, Kind::delivered);
    server.accept();
    server.say("hello");
    EXPECT_EQ(send(lines(2)).kind, Kind::delivered);
    EXPECT_FALSE(server.has_caller());
    EXPECT_EQ(server.read(messages(lines(1)).size() + messages(lines(2)).size()),
              messages(lines(1)) + messages(lines(2)));
}

TEST_F(SyslogSinkTest, ASlowReaderGetsEverything) {
    Server server = Server::tcp("127.0.0.1:0", 8192);
    make(server.address("tcp"));
    const std::string text = lines(20'000, 200);
    begin(text);
    ASSERT_TRUE(until([&] { return server.has_caller(); }));
    server.accept();
    fill_up(server);
    EXPECT_FALSE(is_over());
    const std::string wanted = messages(text);
    EXPECT_EQ(read_beside(server, wanted.size()), wanted);
    const Outcome outcome = end();
    EXPECT_EQ(outcome.kind, Kind::delivered) << outcome.reason;
}

TEST_F(SyslogSinkTest, AfterABreakOnlyWhatWasNotAcknowledgedComesAgain) {
    Server server = Server::tcp("127.0.0.1:0", 8192);
    make(server.address("tcp"));
    const std::string text = lines(50'000, 200);
    const std::string wanted = messages(text);
    begin(text);
    ASSERT_TRUE(until([&] { return server.has_caller(); }));
    server.accept();
    std::size_t acknowledged = read_beside(server, 100'000).size();
    fill_up(server);
    acknowledged += server.unread();
    server.hang_up();
    const Outcome outcome = end();
    EXPECT_EQ(outcome.kind, Kind::try_again);
    EXPECT_TRUE(outcome.reason.starts_with("send to tcp://127.0.0.1:")) << outcome.reason;
    // Every whole message within what was acknowledged, and no other.
    const std::string settled = messages(lines(outcome.settled, 200));
    const std::string one_more = messages(lines(outcome.settled + 1, 200));
    EXPECT_GT(outcome.settled, 100U);
    EXPECT_LE(settled.size(), acknowledged);
    EXPECT_GT(one_more.size(), acknowledged);
    EXPECT_GT(outcome.in_doubt, 100U);
    EXPECT_LT(outcome.settled + outcome.in_doubt, 50'000U) << "the rest was never written";
    EXPECT_LT(wanted.find(one_more.substr(settled.size())), acknowledged);
}

TEST_F(SyslogSinkTest, APeerThatTakesNothingIsGivenUp) {
    Server server = Server::tcp("127.0.0.1:0", 8192);
    options_.peer.timeout = 100ms;
    make(server.address("tcp"));
    begin(lines(50'000, 200));
    ASSERT_TRUE(until([&] { return server.has_caller(); }));
    server.accept();
    const Outcome outcome = end();
    EXPECT_EQ(outcome.kind, Kind::try_again);
    EXPECT_TRUE(outcome.reason.ends_with("the peer has taken nothing for 100ms")) << outcome.reason;
    EXPECT_GT(outcome.settled, 0U);
    EXPECT_GT(outcome.in_doubt, 0U);
}

TEST_F(SyslogSinkTest, AHostThatDoesNotAnswerIsGivenUp) {
    options_.peer.timeout = 100ms;
    // The queue of a listener that accepts nobody fills up; then it does not answer.
    const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const Address any = *Address::parse("127.0.0.1:0");
    ASSERT_EQ(::bind(listener.get(), any.raw(), any.length()), 0);
    ::listen(listener.get(), 0);
    sockaddr_in raw{};
    socklen_t length = sizeof(raw);
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&raw), &length);
    std::vector<UniqueFd> callers;
    for (int caller = 0; caller < 4; ++caller) {
        callers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        ::connect(callers.back().get(), reinterpret_cast<const sockaddr*>(&raw), length);
    }
    make("tcp://127.0.0.1:" + std::to_string(ntohs(raw.sin_port)));
    const Outcome outcome = send(lines(1));
    EXPECT_EQ(outcome.kind, Kind::try_again);
    EXPECT_TRUE(outcome.reason.ends_with(": Connection timed out")) << outcome.reason;
}

TEST_F(SyslogSinkTest, AnAbandonedSendEndsAndTellsHowFarItWas) {
    Server server = Server::tcp("127.0.0.1:0", 8192);
    make(server.address("tcp"));
    begin(lines(50'000, 200));
    ASSERT_TRUE(until([&] { return server.has_caller(); }));
    server.accept();
    fill_up(server);
    sink_->abandon();
    const Outcome outcome = end();
    EXPECT_EQ(outcome.kind, Kind::try_again);
    EXPECT_TRUE(outcome.reason.ends_with(": interrupted")) << outcome.reason;
    EXPECT_GT(outcome.settled, 0U);
    EXPECT_GT(outcome.in_doubt, 0U);
}

TEST_F(SyslogSinkTest, ReopensWhenItIsAskedTo) {
    Server server = Server::tcp();
    make(server.address("tcp"));
    send(lines(1));
    server.accept();
    sink_->reopen();
    EXPECT_EQ(send(lines(1)).kind, Kind::delivered);
    EXPECT_TRUE(server.has_caller());
    EXPECT_EQ(sink_->connections().at(0).state, "connected");
}

TEST_F(SyslogSinkTest, SendsEachMessageAsADatagram) {
    Server server = Server::udp();
    make(server.address("udp"));
    begin(lines(200));
    for (std::size_t number = 0; number < 200; ++number) {
        std::string text;
        ASSERT_TRUE(until([&] {
            text = server.read_some(70'000);
            return !text.empty();
        }));
        ASSERT_EQ(text, messages(line(number)));
    }
    EXPECT_EQ(end().kind, Kind::delivered);
}

TEST_F(SyslogSinkTest, ALineThatIsTooLargeForADatagramIsRefusedAlone) {
    Server server = Server::udp("[::1]:0");
    make(server.address("udp"));
    const Outcome outcome = send(line(0) + line(1, 65'500) + line(2) + line(3, 65'500) + line(4));
    EXPECT_EQ(outcome.kind, Kind::delivered);
    ASSERT_EQ(outcome.refused.size(), 2U);
    EXPECT_EQ(outcome.refused[0].index, 1U);
    EXPECT_EQ(outcome.refused[0].reason, "too_large");
    EXPECT_TRUE(
        outcome.refused[0].text.contains("bytes do not go into one datagram to udp://[::1]:"))
        << outcome.refused[0].text;
    EXPECT_EQ(outcome.refused[1].index, 3U);
    for (const std::size_t number : {0U, 2U, 4U})
        EXPECT_EQ(server.read_datagram(), messages(line(number)));
}

TEST_F(SyslogSinkTest, AUdpPortThatNobodyListensOnLosesNothing) {
    Server server = Server::udp();
    const std::string address = server.address("udp");
    server.close();
    make(address);
    for (int attempt = 0; attempt < 3; ++attempt) {
        const Outcome outcome = send(lines(5));
        EXPECT_EQ(outcome.kind, Kind::try_again);
        EXPECT_EQ(outcome.reason, "send to " + address + ": Connection refused");
        EXPECT_EQ(outcome.settled, 0U);
        EXPECT_LT(outcome.in_doubt, 5U) << "one of them was refused, whichever it was";
    }
    Server back = Server::udp(address.substr(std::string("udp://").size()));
    EXPECT_EQ(send(lines(5)).kind, Kind::delivered);
    for (std::size_t number = 0; number < 5; ++number)
        EXPECT_EQ(back.read_datagram(), messages(line(number)));
}

TEST_F(SyslogSinkTest, AUnixDatagramSocketThatIsFullIsWaitedFor) {
    const std::string path = directory_ / "d";
    Server server = Server::unix(path, SOCK_DGRAM);
    make("unixgram://" + path);
    begin(lines(2'000));
    for (std::size_t number = 0; number < 2'000; ++number) {
        std::string text;
        ASSERT_TRUE(until([&] {
            text = server.read_some(70'000);
            return !text.empty();
        }));
        ASSERT_EQ(text, messages(line(number)));
    }
    EXPECT_EQ(end().kind, Kind::delivered);
}

TEST_F(SyslogSinkTest, AUnixDatagramSocketThatNobodyReadsIsGivenUp) {
    const std::string path = directory_ / "d";
    Server server = Server::unix(path, SOCK_DGRAM);
    options_.peer.timeout = 100ms;
    make("unixgram://" + path);
    const Outcome outcome = send(lines(2'000));
    EXPECT_EQ(outcome.kind, Kind::try_again);
    EXPECT_TRUE(outcome.reason.ends_with(": Connection timed out")) << outcome.reason;
    std::size_t queued = 0;
    while (!server.read_some(70'000).empty())
        ++queued;
    EXPECT_EQ(outcome.settled, queued);
    EXPECT_EQ(outcome.in_doubt, 0U);
}

TEST_F(SyslogSinkTest, AUnixDatagramSocketThatComesBackGetsTheRest) {
    const std::string path = directory_ / "d";
    Server server = Server::unix(path, SOCK_DGRAM);
    make("unixgram://" + path);
    EXPECT_EQ(send(lines(1)).kind, Kind::delivered);
    server.close();
    EXPECT_EQ(send(lines(1)).kind, Kind::try_again);
    Server back = Server::unix(path, SOCK_DGRAM);
    EXPECT_EQ(send(lines(1)).kind, Kind::delivered);
    EXPECT_EQ(back.read_datagram(), messages(lines(1)));
}

}  // namespace
}  // namespace eventfwd

#include "net/packet_sender.h"

#include <gtest/gtest.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

#include "net/address.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

class PacketSenderTest : public testing::Test {
  protected:
    // A UDP socket at a port of its own; its address.
    std::string listen_on_udp() {
        fd_ = UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        const auto any = Address::parse("127.0.0.1:0");
        EXPECT_EQ(::bind(fd_.get(), any->raw(), any->length()), 0);
        return bound().text();
    }
    Address bound() const {
        sockaddr_storage storage{};
        socklen_t length = sizeof(storage);
        auto* const raw = reinterpret_cast<sockaddr*>(&storage);
        ::getsockname(fd_.get(), raw, &length);
        return Address::of(raw, length).value();
    }
    // Connected to itself it takes nothing from others, and nobody else can have its port.
    void refuse_all() { ASSERT_EQ(::connect(fd_.get(), bound().raw(), bound().length()), 0); }
    void listen_on_unix() {
        fd_ = UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::ranges::copy(path_, address.sun_path);
        ASSERT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
                  0);
    }
    std::string received() {
        std::array<char, 100> bytes{};
        const ssize_t size = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
        return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    }
    static Result<> send(const std::string& to, const std::string& packet) {
        auto sender = PacketSender::open(to);
        if (!sender) return std::unexpected(sender.error());
        return sender->send(packet);
    }

    test::TemporaryDirectory directory_;
    std::string path_ = directory_ / "socket";
    UniqueFd fd_;
};

TEST_F(PacketSenderTest, SendsOverUdp) {
    const std::string address = listen_on_udp();
    ASSERT_TRUE(send(address, "one"));
    EXPECT_EQ(received(), "one");
    ASSERT_TRUE(send("udp://" + address, "two"));
    EXPECT_EQ(received(), "two");
}

// Of its addresses, the one that somebody listens at.
TEST_F(PacketSenderTest, SendsToAName) {
    const std::string address = listen_on_udp();
    const std::string to = "localhost" + address.substr(address.rfind(':'));
    ASSERT_TRUE(send(to, "one"));
    EXPECT_EQ(received(), "one");
    const auto unknown = send("no-such-host.invalid:1", "one");
    ASSERT_FALSE(unknown);
    EXPECT_TRUE(unknown.error().message.starts_with(
        "send to no-such-host.invalid:1: look up no-such-host.invalid: "))
        << unknown.error().message;
}

TEST_F(PacketSenderTest, SendsToAUnixSocket) {
    listen_on_unix();
    ASSERT_TRUE(send(path_, "one"));
    EXPECT_EQ(received(), "one");
    ASSERT_TRUE(send("unix://" + path_, "two"));
    EXPECT_EQ(received(), "two");
}

TEST_F(PacketSenderTest, AsksWhetherTheDaemonRunsWhereNobodyListens) {
    const std::string address = listen_on_udp();
    refuse_all();
    const auto refused = send(address, "one");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "send to " + address + ": Connection refused; is `eventfwd run` running?");
    const auto missing = send(path_, "one");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().message,
              "send to " + path_ + ": No such file or directory; is `eventfwd run` running?");
}

TEST_F(PacketSenderTest, RefusesAPacketThatIsTooLarge) {
    const auto sent = send(listen_on_udp(), std::string(70'000, 'x'));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, EMSGSIZE);
}

TEST_F(PacketSenderTest, RefusesWhatIsNeitherAnAddressNorAPath) {
    for (const std::string& to : {std::string("localhost"), std::string("127.0.0.1"),
                                  std::string(""), "/" + std::string(200, 'x')}) {
        const auto opened = PacketSender::open(to);
        ASSERT_FALSE(opened) << to;
        EXPECT_TRUE(opened.error().message.starts_with("send to '" + to + "': expected")) << to;
    }
}

}  // namespace
}  // namespace eventfwd

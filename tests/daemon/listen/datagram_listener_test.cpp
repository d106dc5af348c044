#include "daemon/listen/datagram_listener.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <mutex>

#include "core/file_system.h"
#include "net/packet_sender.h"
#include "support/temporary_directory.h"
#include "support/wait.h"

namespace eventfwd {
namespace {

using test::eventually;

class Collector final : public Receiver {
  public:
    bool receive(std::span<const Datagram> datagrams) override {
        const std::lock_guard lock(mutex_);
        if (is_full_) {
            ++refused_;
            return false;
        }
        for (const Datagram& datagram : datagrams) {
            packets_.emplace_back(datagram.bytes);
            true_bytes_.push_back(datagram.true_bytes);
            uids_.push_back(datagram.uid);
            times_.push_back(datagram.received_at);
        }
        return true;
    }
    void clear() {
        packets_.clear();
        uids_.clear();
    }
    std::size_t count() {
        const std::lock_guard lock(mutex_);
        return packets_.size();
    }
    bool is_full_ = false;
    std::atomic<int> refused_ = 0;  // batches
    std::vector<std::string> packets_;
    std::vector<std::size_t> true_bytes_;
    std::vector<uid_t> uids_;
    std::vector<Instant> times_;

  private:
    std::mutex mutex_;
};

class DatagramListenerTest : public testing::Test {
  protected:
    DatagramSocket udp(const char* address = "127.0.0.1:0") {
        auto socket = open_udp_socket(*Address::parse(address), 1 << 20);
        EXPECT_TRUE(socket) << socket.error().message;
        return std::move(*socket);
    }
    DatagramSocket unix_socket() {
        return std::move(open_unix_socket(path_, 0622, 1 << 20).value());
    }
    void listen(std::vector<DatagramSocket> sockets, bool sleep_in_receive = false) {
        options_.sleep_in_receive = sleep_in_receive;
        listener_ = std::make_unique<DatagramListener>(options_, std::move(sockets), collector_);
        listener_->start();
    }
    // As a process does that was killed.
    void leave_a_socket_behind() {
        const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::ranges::copy(path_, address.sun_path);
        ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
                  0);
    }
    void send(const std::string& to, const std::string& packet) {
        auto sender = PacketSender::open(to);
        ASSERT_TRUE(sender) << sender.error().message;
        const auto sent = sender->send(packet);
        ASSERT_TRUE(sent) << sent.error().message;
    }
    void stop() {
        listener_->stop();
        listener_->join();
    }
    std::vector<DatagramSocket> one(DatagramSocket socket) {
        std::vector<DatagramSocket> sockets;
        sockets.push_back(std::move(socket));
        return sockets;
    }

    test::TemporaryDirectory directory_;
    std::string path_ = directory_ / "events.sock";
    DatagramListenerOptions options_;
    Collector collector_;
    std::unique_ptr<DatagramListener> listener_;
};

TEST_F(DatagramListenerTest, TakesFromSeveralSocketsWithTheTimeOfTheKernel) {
    std::vector<DatagramSocket> sockets;
    sockets.push_back(udp());
    sockets.push_back(udp("[::1]:0"));
    const std::string first = sockets[0].name;
    const std::string second = sockets[1].name;
    const Instant before = SystemClock().now();
    listen(std::move(sockets));
    send(first, "one");
    send(second, "two");
    ASSERT_TRUE(eventually([&] { return collector_.count() == 2; }));
    stop();
    for (const Instant time : collector_.times_) {
        EXPECT_GE(time, before);
        EXPECT_LE(time, SystemClock().now());
    }
}

TEST_F(DatagramListenerTest, TakesEveryDatagramThatTheKernelHoldsAtAStop) {
    auto sockets = one(udp());
    const std::string to = sockets[0].name;
    auto sender = PacketSender::open(to).value();
    for (int i = 0; i < 1000; ++i)
        ASSERT_TRUE(sender.send("packet " + std::to_string(i)));
    listen(std::move(sockets));
    stop();
    EXPECT_EQ(collector_.count(), 1000U);
    EXPECT_EQ(collector_.packets_.back(), "packet 999");
}

TEST_F(DatagramListenerTest, TellsTheTrueSizeOfWhatTheKernelHadToCut) {
    options_.packet_bytes_max = 4096;
    auto sockets = one(udp());
    const std::string to = sockets[0].name;
    listen(std::move(sockets));
    std::string packet(10000, 'x');
    packet.replace(0, 4, "head");
    send(to, packet);
    send(to, packet.substr(0, 4096));
    send(to, packet.substr(0, 2049));
    ASSERT_TRUE(eventually([&] { return collector_.count() == 3; }));
    stop();
    EXPECT_EQ(collector_.true_bytes_, (std::vector<std::size_t>{10000, 4096, 2049}));
    EXPECT_EQ(collector_.packets_[0], packet.substr(0, 4096));
    EXPECT_EQ(collector_.packets_[2], packet.substr(0, 2049));
}

TEST_F(DatagramListenerTest, KnowsTheSenderOfAUnixDatagram) {
    for (const bool sleep_in_receive : {false, true}) {
        listen(one(unix_socket()), sleep_in_receive);
        send(path_, "one");
        ASSERT_TRUE(eventually([&] { return collector_.count() == 1; }));
        stop();
        EXPECT_EQ(collector_.uids_.back(), ::getuid());
        collector_.clear();
        listener_.reset();
    }
}

TEST_F(DatagramListenerTest, StopsWhileItSleeps) {
    for (const bool sleep_in_receive : {false, true}) {
        listen(one(unix_socket()), sleep_in_receive);
        stop();
        listener_.reset();
        EXPECT_NE(::access(path_.c_str(), F_OK), 0);
    }
}

TEST_F(DatagramListenerTest, CountsWhatTheKernelDropped) {
    DatagramSocket socket =
        std::move(open_udp_socket(*Address::parse("127.0.0.1:0"), 4096).value());
    auto sender = PacketSender::open(socket.name).value();
    for (int i = 0; i < 2000; ++i)
        ASSERT_TRUE(sender.send("packet"));
    const std::uint32_t dropped = kernel_drops(socket.fd.get());
    EXPECT_GT(dropped, 0U);
    listen(one(std::move(socket)));
    stop();
    EXPECT_EQ(collector_.count() + dropped, 2000U);
}

TEST_F(DatagramListenerTest, SaysWhoHasAnAddressAlready) {
    const DatagramSocket taken = udp();
    const auto second = open_udp_socket(*Address::parse(taken.name), 4096);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message,
              "listen on udp " + taken.name +
                  ": Address already in use; another process has it: stop that one, or "
                  "listen elsewhere");
}

TEST_F(DatagramListenerTest, ReplacesASocketThatADeadProcessLeftAndNoOther) {
    leave_a_socket_behind();
    ASSERT_EQ(::access(path_.c_str(), F_OK), 0);
    const DatagramSocket alive = unix_socket();
    EXPECT_FALSE(open_unix_socket(path_, 0666, 4096));
    const std::string file = directory_ / "file";
    ASSERT_TRUE(PosixFileSystem().open(file, OpenMode::create, 0640));
    EXPECT_FALSE(open_unix_socket(file, 0666, 4096));
    struct stat status{};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0622U);
}

TEST_F(DatagramListenerTest, RemovesTheFileOfAUnixSocketThatNoListenerHas) {
    {
        const DatagramSocket opened = unix_socket();
        EXPECT_EQ(::access(path_.c_str(), F_OK), 0);
    }
    EXPECT_NE(::access(path_.c_str(), F_OK), 0);
}

TEST_F(DatagramListenerTest, LeavesAtAHeldSocketWhatItsReceiverCannotTake) {
    DatagramSocket socket = udp();
    socket.is_inherited = true;
    const std::string address = socket.name;
    const UniqueFd held(::dup(socket.fd.get()));
    collector_.is_full_ = true;
    listen(one(std::move(socket)));
    send(address, "refused");
    EXPECT_TRUE(eventually([&] { return collector_.refused_ == 1; }));
    send(address, "second");
    send(address, "third");
    stop();
    for (const char first : {'s', 't'}) {
        char found = 0;
        EXPECT_EQ(::recv(held.get(), &found, 1, MSG_DONTWAIT), 1);
        EXPECT_EQ(found, first);
    }
}

// Whoever may send could else take all of the daemon's descriptors.
TEST_F(DatagramListenerTest, KeepsNoDescriptorThatASenderPasses) {
    const auto open_descriptors = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
    };
    listen(one(unix_socket()), true);
    const UniqueFd sender(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path_, address.sun_path);
    const auto before = open_descriptors();
    for (std::size_t sent = 1; sent <= 3; ++sent) {
        std::string packet = "{}";
        iovec part = as_iovec(packet);
        alignas(cmsghdr) std::array<char, CMSG_SPACE(8 * sizeof(int))> control{};
        msghdr message{};
        message.msg_name = &address;
        message.msg_namelen = sizeof(address);
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* const rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(8 * sizeof(int));
        const std::array<int, 8> passed{0, 0, 0, 0, 0, 0, 0, 0};
        std::memcpy(CMSG_DATA(rights), passed.data(), sizeof(passed));
        ASSERT_EQ(::sendmsg(sender.get(), &message, 0), 2);
        ASSERT_TRUE(eventually([&] { return collector_.count() == sent; }));
    }
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_EQ(collector_.uids_.back(), ::getuid());
    stop();
}

}  // namespace
}  // namespace eventfwd

#include "daemon/listen/kernel_drops.h"

#include <gtest/gtest.h>

#include <memory>

#include "net/packet_sender.h"

namespace eventfwd {
namespace {

class PacketCounter final : public Receiver {
  public:
    bool receive(std::span<const Datagram> datagrams) override {
        count_ += datagrams.size();
        return true;
    }
    std::uint64_t count() const { return count_; }

  private:
    std::atomic<std::uint64_t> count_ = 0;
};

// A UDP socket whose buffer holds a few packets, and a listener that takes none before drain().
class KernelDropsTest : public testing::Test {
  protected:
    KernelDropsTest() { open(); }

    void open() {
        socket_ = open_udp_socket(*Address::parse("127.0.0.1:0"), 4096).value();
        sender_ = std::make_unique<PacketSender>(PacketSender::open(socket_.name).value());
        fd_ = socket_.fd.get();
    }
    void flood(std::uint64_t packets) {
        for (std::uint64_t sent = 0; sent < packets; ++sent)
            ASSERT_TRUE(sender_->send("packet"));
        sent_ += packets;
    }
    void make_listener(bool is_inherited) {
        socket_.is_inherited = is_inherited;
        std::vector<DatagramSocket> sockets;
        sockets.push_back(std::move(socket_));
        listener_ = std::make_unique<DatagramListener>(DatagramListenerOptions{},
                                                       std::move(sockets), counter_);
    }
    void drain() {
        listener_->start();
        listener_->stop();
        listener_->join();
    }
    std::uint64_t cookie() const { return socket_cookie(fd_); }

    DatagramSocket socket_;
    int fd_ = -1;  // of the socket
    std::unique_ptr<PacketSender> sender_;
    std::uint64_t sent_ = 0;
    PacketCounter counter_;
    std::unique_ptr<DatagramListener> listener_;
};

TEST_F(KernelDropsTest, CountsExactlyWhatWasSentAndNotReceived) {
    make_listener(false);
    KernelDrops drops({});
    drops.add(*listener_);
    EXPECT_EQ(drops.count(*listener_), 0U);
    flood(500);
    const std::uint64_t first = drops.count(*listener_);
    EXPECT_GT(first, 0U);
    flood(500);
    const std::uint64_t second = drops.count(*listener_);
    EXPECT_GT(second, first);
    EXPECT_EQ(drops.count(*listener_), second) << "nothing is counted twice";
    drain();
    EXPECT_EQ(counter_.count() + second, sent_);
}

TEST_F(KernelDropsTest, BeginsAnewWhereWhatItCountedIsTaken) {
    make_listener(false);
    KernelDrops drops({});
    drops.add(*listener_);
    flood(500);
    const std::uint64_t taken = drops.take(*listener_);
    EXPECT_GT(taken, 0U);
    EXPECT_EQ(drops.count(*listener_), 0U);
    flood(500);
    const std::uint64_t after = drops.count(*listener_);
    drain();
    EXPECT_EQ(counter_.count() + taken + after, sent_);
}

TEST_F(KernelDropsTest, GoesOnCountingASocketThatIsHandedToAnotherListener) {
    make_listener(false);
    KernelDrops drops({});
    drops.add(*listener_);
    flood(500);
    const std::uint64_t first = drops.count(*listener_);
    auto sockets = listener_->release_sockets({listener_->sockets()[0].name});
    EXPECT_EQ(drops.count(*listener_), 0U) << "it has no socket";
    listener_ =
        std::make_unique<DatagramListener>(DatagramListenerOptions{}, std::move(sockets), counter_);
    drops.add(*listener_);
    flood(500);
    EXPECT_GT(drops.count(*listener_), first);
    const std::uint64_t second = drops.count(*listener_);
    drain();
    EXPECT_EQ(counter_.count() + second, sent_);
}

// The socket stays with systemd over a restart, and so does the kernel's counter.
TEST_F(KernelDropsTest, GoesOnWhereAnEarlierProcessWasAtAnInheritedSocket) {
    make_listener(true);
    KernelDrops earlier({});
    earlier.add(*listener_);
    flood(500);
    const std::uint64_t first = earlier.count(*listener_);
    const KernelDrops::Counted kept = earlier.counted();
    EXPECT_EQ(kept, (KernelDrops::Counted{{cookie(), static_cast<std::uint32_t>(first)}}));

    KernelDrops later(kept);
    later.add(*listener_);
    EXPECT_EQ(later.count(*listener_), 0U);
    flood(500);
    const std::uint64_t second = later.count(*listener_);
    EXPECT_GT(second, 0U);
    EXPECT_EQ(later.counted().at(cookie()), first + second);
    drain();
    EXPECT_EQ(counter_.count() + first + second, sent_);
}

TEST_F(KernelDropsTest, CountsAllOfAnInheritedSocketThatNobodyCountedBefore) {
    flood(500);
    make_listener(true);
    KernelDrops drops({{cookie() + 1, 7}});
    drops.add(*listener_);
    const std::uint64_t dropped = drops.count(*listener_);
    drain();
    EXPECT_EQ(counter_.count() + dropped, sent_);
}

// A cookie tells one socket from another since the machine started: after a restart of that, one of
// ours can have the cookie of a socket that was counted long ago.
// After a boot, cookies begin anew: another socket can have one that was counted.
TEST_F(KernelDropsTest, TakesACounterThatLiesBehindForThatOfAnotherSocket) {
    make_listener(true);
    KernelDrops drops({{cookie(), 500}});
    drops.add(*listener_);
    EXPECT_EQ(drops.count(*listener_), 0U);
}

TEST_F(KernelDropsTest, BeginsAnewAtASocketOfOurOwnWhateverItsCookie) {
    flood(500);
    make_listener(false);
    KernelDrops drops({{cookie(), 3}});
    drops.add(*listener_);
    const std::uint64_t dropped = drops.count(*listener_);
    drain();
    EXPECT_EQ(counter_.count() + dropped, sent_);
}

// The kernel's counter has 32 bits: the earlier process saw it a little below its end.
TEST_F(KernelDropsTest, CountsOnOverTheEndOfTheKernelsCounter) {
    flood(500);
    make_listener(true);
    KernelDrops drops({{cookie(), 0xFFFF'FFFB}});
    drops.add(*listener_);
    const std::uint64_t dropped = drops.count(*listener_);
    drain();
    EXPECT_EQ(counter_.count() + dropped, sent_ + 5);
}

}  // namespace
}  // namespace eventfwd

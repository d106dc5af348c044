// Where batches go, by what is known of the URLs: without a connection.
#include "sinks/hec/hec_pool.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <map>
#include <memory>

#include "support/wait.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using test::eventually;

class HecPoolTest : public testing::Test {
  protected:
    HecPoolTest() {
        transport_.options.urls = {*Url::parse("http://one"), *Url::parse("http://two")};
        transport_.options.connections = 4;
        transport_.options.timeout = 30s;
        transport_.options.backoff_initial = transport_.options.backoff_max = 1us;
        pool_ = std::make_unique<HecPool>(transport_, probe_);
    }
    // Takes what can be taken, at most COUNT, and says how many went to each URL.
    std::map<std::size_t, int> send(int count = 20) {
        std::map<std::size_t, int> to;
        for (int at = 0; at < count; ++at) {
            const std::size_t before = sent_.size();
            asio::co_spawn(io_, lease(), asio::detached);
            io_.restart();
            io_.poll();
            if (sent_.size() == before) break;
            ++to[sent_.back().url()];
        }
        return to;
    }
    asio::awaitable<void> lease() {
        HecLease lease = co_await pool_->lease();
        if (lease) sent_.push_back(std::move(lease));
    }
    ~HecPoolTest() override {
        sent_.clear();
        pool_->abandon();
        io_.restart();
        io_.poll();
    }

    asio::io_context io_;
    HecTransport transport_;
    HecSinkProbe probe_;
    std::unique_ptr<HecPool> pool_;
    std::deque<HecLease> sent_;
};

TEST_F(HecPoolTest, SharesWhatMayBeUnderWay) {
    EXPECT_EQ(send(), (std::map<std::size_t, int>{{0, 2}, {1, 2}}));
    EXPECT_EQ(pool_->stuck(), 0U);
}

TEST_F(HecPoolTest, GivesASlowUrlOneBatchAtATimeBesideAllOthers) {
    pool_->delivered(0, 1s);
    pool_->delivered(1, 100ms);
    EXPECT_EQ(send(), (std::map<std::size_t, int>{{0, 1}, {1, 4}}));
    EXPECT_EQ(pool_->stuck(), 1U);
}

TEST_F(HecPoolTest, GivesAUrlThatHangsNoMore) {
    EXPECT_EQ(send(), (std::map<std::size_t, int>{{0, 2}, {1, 2}}));
    pool_->delivered(1, 1ms);
    ASSERT_TRUE(eventually([&] { return pool_->stuck() == 2; }));
    EXPECT_EQ(send(), (std::map<std::size_t, int>{{1, 2}}));
}

TEST_F(HecPoolTest, WakesWhoeverWaitsWhenAUrlTurnsOutToHang) {
    send();
    pool_->delivered(1, 1ms);
    EXPECT_EQ(sent_.size(), 4U);
    asio::co_spawn(io_, lease(), asio::detached);
    EXPECT_TRUE(eventually([&] {
        io_.restart();
        io_.poll();
        return sent_.size() == 5;
    }));
    EXPECT_EQ(sent_.back().url(), 1U);
}

TEST_F(HecPoolTest, TriesAUrlThatFailedWithOneBatchBesideTheOthers) {
    pool_->failed(0, {"busy", false, 0us});
    ASSERT_TRUE(eventually([&] { return pool_->until_tried_again() == 0us; }));
    EXPECT_EQ(send(), (std::map<std::size_t, int>{{0, 1}, {1, 4}}));
    pool_->succeeded(0);
    EXPECT_EQ(pool_->stuck(), 0U);
}

TEST_F(HecPoolTest, DoesNotTakeAMomentForSlow) {
    pool_->delivered(0, 15ms);
    pool_->delivered(1, 1ms);
    EXPECT_EQ(send(), (std::map<std::size_t, int>{{0, 2}, {1, 2}}));
}

TEST_F(HecPoolTest, IsLessPatientWhereAnotherUrlIsMuchFaster) {
    EXPECT_EQ(pool_->patience(0), 30s) << "nothing is known";
    pool_->delivered(0, 1ms);
    EXPECT_EQ(pool_->patience(0), 30s) << "nothing is known of another";
    pool_->delivered(1, 1ms);
    EXPECT_EQ(pool_->patience(0), 5s);
    EXPECT_EQ(pool_->patience(1), 5s);
    for (int at = 0; at < 100; ++at)
        pool_->delivered(1, 1s);
    EXPECT_GT(pool_->patience(0), 15s);
    EXPECT_LE(pool_->patience(0), 20s);
    pool_->failed(1, {"gone", false, 0us});
    EXPECT_EQ(pool_->patience(0), 30s) << "nobody else would take it";
}

}  // namespace
}  // namespace eventfwd

// A courier with several batches under way at once.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <set>

#include "daemon/deliver/courier.h"
#include "daemon/deliver/replay.h"
#include "net/await.h"
#include "support/journal_fixture.h"
#include "support/wait.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using test::eventually;
using test::Found;

// A destination that answers a batch, known by its first line, when the test lets it.
struct Gate {
    std::mutex mutex;
    std::set<std::string> open;          // batches that may be answered
    std::map<std::string, int> failing;  // how often a batch is still to fail
    std::set<std::string> waiting;
    Found arrived;
    bool is_abandoned = false;

    void let(const std::string& batch) {
        const std::lock_guard lock(mutex);
        open.insert(batch);
    }
    std::size_t waiting_count() {
        const std::lock_guard lock(mutex);
        return waiting.size();
    }
    std::size_t arrived_count() {
        const std::lock_guard lock(mutex);
        return arrived.size();
    }
};

class GateSink final : public Sink {
  public:
    explicit GateSink(Gate& gate) : gate_(gate) {}

    asio::awaitable<Outcome> send(const Batch& batch, Checkpoint&) override {
        Found lines;
        LineWalk walk(batch.runs);
        for (std::size_t left = batch.count; left > 0; --left)
            lines.emplace_back(walk.next());
        for (std::string& line : lines)
            line.pop_back();
        const std::string name = lines.front();
        asio::steady_timer timer(co_await asio::this_coro::executor);
        while (true) {
            {
                const std::lock_guard lock(gate_.mutex);
                gate_.waiting.insert(name);
                if (gate_.is_abandoned) co_return Outcome::try_again("abandoned");
                if (gate_.failing[name] > 0) {
                    --gate_.failing[name];
                    co_return Outcome::try_again("not yet");
                }
                if (gate_.open.contains(name)) {
                    gate_.waiting.erase(name);
                    gate_.arrived.insert(gate_.arrived.end(), lines.begin(), lines.end());
                    co_return Outcome::delivered();
                }
            }
            timer.expires_after(1ms);
            co_await timer.async_wait(kToken);
        }
    }
    std::size_t in_flight_max() const override { return 3; }
    void abandon() override {
        const std::lock_guard lock(gate_.mutex);
        gate_.is_abandoned = true;
    }

  private:
    Gate& gate_;
};

class InFlightTest : public test::JournalFixture<> {
  protected:
    InFlightTest() {
        options_of_courier_.name = "lines";
        options_of_courier_.retry = {1ms, 2ms};
        options_of_courier_.batch.count_max = 2;
        options_of_courier_.batch.linger = 0ms;
    }
    ~InFlightTest() override { finish(0ms); }

    void start() {
        gate_.is_abandoned = false;
        courier_ = std::make_unique<Courier>(options_of_courier_, std::make_unique<GateSink>(gate_),
                                             *journal_, dead_letters_, clock_, probe_);
        ASSERT_TRUE(courier_->save_first_cursor());
        ASSERT_TRUE(journal_->remember_sinks({"lines"}));
        courier_->start();
    }
    void finish(std::chrono::milliseconds patience = 20s) {
        if (courier_ == nullptr) return;
        courier_->stop(std::chrono::steady_clock::now() + patience);
        courier_->join();
        last_status_ = courier_->status();
        courier_.reset();
    }
    bool becomes(std::uint64_t cursor) {
        return eventually([&] { return courier_->status().cursor == cursor; });
    }

    CourierOptions options_of_courier_;
    DeadLetters dead_letters_{{directory_ / "dead-letters"}, files_};
    CourierProbe probe_;
    Gate gate_;
    std::unique_ptr<Courier> courier_;
    CourierStatus last_status_;
};

TEST_F(InFlightTest, AreSentSideBySideUpToTheSinksLimit) {
    open();
    append({"a", "a2", "b", "b2", "c", "c2", "d", "d2"});
    start();
    ASSERT_TRUE(eventually([&] { return gate_.waiting_count() == 3; }));
    gate_.let("b");
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.delivered == 2; }));
    EXPECT_EQ(courier_->status().cursor, 0U);  // never over a batch that is not settled
    EXPECT_EQ(courier_->status().pending(8), 6U);
    gate_.let("a");
    ASSERT_TRUE(becomes(4));
    gate_.let("c");
    ASSERT_TRUE(becomes(6));
    gate_.let("d");
    ASSERT_TRUE(becomes(8));
    finish();
    EXPECT_EQ(gate_.arrived, (Found{"b", "b2", "a", "a2", "c", "c2", "d", "d2"}));
    EXPECT_EQ(last_status_.ledger.delivered, 8U);
    EXPECT_EQ(last_status_.ledger.in_doubt, 0U);
}

TEST_F(InFlightTest, FillABatchFromSeveralFrames) {
    open();
    options_of_courier_.batch.count_max = 100;
    for (const char* line : {"a", "b", "c", "d"})
        append({line});
    start();
    gate_.let("a");
    ASSERT_TRUE(becomes(4));
    EXPECT_EQ(gate_.arrived_count(), 4U);
}

TEST_F(InFlightTest, TryAgainEachForItself) {
    open();
    append({"a", "a2", "b", "b2"});
    start();
    ASSERT_TRUE(eventually([&] { return gate_.waiting_count() == 2; }));
    {
        const std::lock_guard lock(gate_.mutex);
        gate_.failing["a"] = 5;
        gate_.open = {"b"};
    }
    ASSERT_TRUE(eventually([&] { return gate_.arrived_count() == 2; }));
    gate_.let("a");
    ASSERT_TRUE(becomes(4));
    finish();
    EXPECT_EQ(gate_.arrived, (Found{"b", "b2", "a", "a2"}));
    EXPECT_EQ(last_status_.ledger.retries, 5U);
    EXPECT_EQ(last_status_.last_error, "");
}

TEST_F(InFlightTest, AreNotJoinedByMoreWhileTheDestinationIsInTrouble) {
    open();
    append({"a", "a2", "b", "b2", "c", "c2"});
    gate_.failing["a"] = 1'000'000;
    for (const char* batch : {"a", "b", "c"})
        gate_.let(batch);
    start();
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.retries > 5; }));
    {
        const std::lock_guard lock(gate_.mutex);
        EXPECT_EQ(gate_.waiting, std::set<std::string>{"a"});
        gate_.failing["a"] = 0;
    }
    EXPECT_TRUE(becomes(6));
}

TEST_F(InFlightTest, ThatArrivedBehindOneThatDidNotAreNotSentAgainAfterAStop) {
    open();
    append({"a", "a2", "b", "b2"});
    start();
    gate_.let("b");
    ASSERT_TRUE(eventually([&] { return gate_.arrived_count() == 2; }));
    finish(0ms);
    EXPECT_EQ(last_status_.cursor, 0U);
    EXPECT_EQ(last_status_.ledger.delivered, 2U);
    gate_.let("a");
    start();
    EXPECT_GE(courier_->status().ledger.delivered, 2U);
    ASSERT_TRUE(becomes(4));
    finish();
    EXPECT_EQ(gate_.arrived, (Found{"b", "b2", "a", "a2"}));
    EXPECT_EQ(last_status_.ledger.delivered, 4U);
    EXPECT_EQ(last_status_.ledger.in_doubt, 0U);
    EXPECT_EQ(last_status_.settled_ahead, 0U);
}

TEST_F(InFlightTest, ThatArrivedAreNotTakenBackByAPause) {
    open();
    append({"a", "a2", "b", "b2", "c", "c2"});
    start();
    gate_.let("b");
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.delivered == 2; }));
    {
        const std::lock_guard lock(gate_.mutex);
        gate_.failing["a"] = gate_.failing["c"] = 1'000'000;
    }
    courier_->pause();
    ASSERT_TRUE(eventually([&] { return courier_->status().state == SinkState::paused; }));
    EXPECT_EQ(courier_->status().ledger.delivered, 2U);
    EXPECT_EQ(courier_->status().pending(6), 4U);
    {
        const std::lock_guard lock(gate_.mutex);
        gate_.failing.clear();
        gate_.open = {"a", "b", "c"};
    }
    courier_->resume();
    ASSERT_TRUE(becomes(6));
    finish();
    EXPECT_EQ(gate_.arrived, (Found{"b", "b2", "a", "a2", "c", "c2"}));
    EXPECT_EQ(last_status_.ledger.delivered, 6U);
}

TEST_F(InFlightTest, ThatArrivedAreNotAmongWhatASkipGivesUp) {
    open();
    append({"a", "a2", "b", "b2", "c", "c2"});
    start();
    gate_.let("b");
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.delivered == 2; }));
    {
        const std::lock_guard lock(gate_.mutex);
        gate_.failing["a"] = gate_.failing["c"] = 1'000'000;
    }
    courier_->skip_to_end();
    ASSERT_TRUE(becomes(6));
    finish();
    EXPECT_EQ(last_status_.ledger.delivered, 2U);
    EXPECT_EQ(last_status_.ledger.shed_skipped, 4U);
}

TEST_F(InFlightTest, AreSentOnBesideOneThatHangs) {
    open();
    append({"a", "a2"});
    for (int batch = 0; batch < 50; ++batch) {
        const std::string name = "b" + std::to_string(100 + batch);
        append({name, name + "'"});
        gate_.let(name);
    }
    start();
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.delivered == 100; }));
    EXPECT_EQ(courier_->status().cursor, 0U);
    EXPECT_EQ(courier_->status().pending(102), 2U);
    EXPECT_EQ(courier_->status().settled_ahead, 100U);
    gate_.let("a");
    ASSERT_TRUE(becomes(102));
    finish();
    EXPECT_EQ(gate_.arrived_count(), 102U);
    EXPECT_EQ(last_status_.ledger.delivered, 102U);
    EXPECT_EQ(last_status_.ledger.in_doubt, 0U);
    EXPECT_EQ(last_status_.settled_ahead, 0U);
}

TEST_F(InFlightTest, ThatArrivedBehindOneThatHungAreNotSentAgainAfterAStop) {
    open();
    append({"a", "a2", "b", "b2", "c", "c2", "d", "d2", "e", "e2"});
    for (const char* batch : {"b", "d", "e"})  // c hangs, too
        gate_.let(batch);
    start();
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.delivered == 6; }));
    finish(0ms);
    EXPECT_EQ(last_status_.cursor, 0U);
    EXPECT_EQ(last_status_.ledger.delivered, 6U);
    EXPECT_EQ(last_status_.settled_ahead, 6U);
    for (const char* batch : {"a", "c"})
        gate_.let(batch);
    start();
    ASSERT_TRUE(becomes(10));
    finish();
    EXPECT_EQ(last_status_.ledger.delivered, 10U);
    EXPECT_EQ(last_status_.ledger.in_doubt, 0U);
    EXPECT_EQ(gate_.arrived_count(), 10U);
}

TEST(InFlightQueue, KeepsNoMoreThanARangeOfWhatIsSettledBehindOneThatIsNot) {
    boost::asio::io_context io;
    InFlightQueue queue;
    std::vector<InFlightBatch*> batches;
    const auto add = [&](std::uint64_t begin, std::uint64_t end) {
        InFlightBatch& batch = queue.add(std::make_unique<InFlightBatch>(io));
        batch.begin = begin;
        batch.end = end;
        batch.instant = Instant(std::chrono::seconds(end));
        batch.counts.delivered = end - begin;
        batches.push_back(&batch);
    };
    for (std::uint64_t at = 0; at < 100; ++at)
        add(1 + at * 10, 11 + at * 10);
    for (const std::size_t odd : {1U, 3U, 5U})
        queue.settle(*batches[odd]);
    queue.settle(*batches[4]);  // between two
    for (std::size_t at = 6; at < 100; ++at)
        queue.settle(*batches[at]);
    EXPECT_EQ(queue.take_settled(), nullptr);
    queue.settle(*batches[0]);
    const auto first = queue.take_settled();
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->begin, 1U);
    EXPECT_EQ(first->end, 21U);
    EXPECT_EQ(queue.take_settled(), nullptr);
    queue.settle(*batches[2]);
    const auto rest = queue.take_settled();
    ASSERT_NE(rest, nullptr);
    EXPECT_EQ(rest->begin, 21U);
    EXPECT_EQ(rest->end, 1001U);
    EXPECT_EQ(rest->counts.delivered, 980U);
    EXPECT_EQ(rest->instant, Instant(std::chrono::seconds(1001)));
    EXPECT_TRUE(queue.empty());
}

TEST_F(InFlightTest, CountAGapInItsPlace) {
    open();
    append({"a", "a2"});
    const std::uint64_t second = segment_size(1);
    append({"b", "b2"});
    append({"c", "c2"});
    crash();
    flip_byte(segment(1), second + kFrameHeaderBytes);
    open();
    options_of_courier_.batch.count_max = 3;
    gate_.let("c");
    start();
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.delivered == 2; }));
    EXPECT_EQ(courier_->status().cursor, 0U) << "a and a2 are not settled";
    EXPECT_EQ(courier_->status().pending(6), 2U);
    gate_.let("a");
    ASSERT_TRUE(becomes(6));
    finish();
    EXPECT_EQ(last_status_.ledger.shed_damaged, 2U);
    EXPECT_EQ(last_status_.ledger.delivered, 4U);
}

TEST_F(InFlightTest, EndBeforeABacklogIsGivenUp) {
    open();
    append({"a", "a2", "b", "b2"});
    start();
    gate_.let("a");
    ASSERT_TRUE(becomes(2));
    courier_->skip_to_end();
    gate_.let("b");
    ASSERT_TRUE(becomes(4));
    finish();
    EXPECT_EQ(last_status_.ledger.delivered + last_status_.ledger.shed_skipped, 4U);
}

TEST_F(InFlightTest, OfADroppedRedeliveryEndWhileNothingArrives) {
    open();
    append({"a"});
    gate_.let("a");
    start();
    ASSERT_TRUE(becomes(1));
    gate_.failing["a"] = 1'000'000;
    ASSERT_TRUE(courier_->carry(std::make_unique<Replay>(*journal_, SequenceRange{1, 1})));
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.retries > 3; }));
    EXPECT_FALSE(courier_->status().redelivery->is_over);
    courier_->drop_redelivery();
    EXPECT_TRUE(eventually([&] { return courier_->status().redelivery->is_over; }));
}

TEST_F(InFlightTest, OfADroppedRedeliveryEndWhileLiveOnesFailToo) {
    open();
    append({"a"});
    gate_.let("a");
    start();
    ASSERT_TRUE(becomes(1));
    gate_.failing["a"] = gate_.failing["b"] = 1'000'000;
    ASSERT_TRUE(courier_->carry(std::make_unique<Replay>(*journal_, SequenceRange{1, 1})));
    append({"b"});
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.retries > 3; }));
    courier_->drop_redelivery();
    EXPECT_TRUE(eventually([&] { return courier_->status().redelivery->is_over; }));
    EXPECT_TRUE(courier_->carry(std::make_unique<Replay>(*journal_, SequenceRange{1, 1})));
}

TEST_F(InFlightTest, OfARedeliveryThatIsDroppedWhilePausedAreOver) {
    open();
    append({"a"});
    gate_.let("a");
    start();
    ASSERT_TRUE(becomes(1));
    ASSERT_TRUE(courier_->pause());
    ASSERT_TRUE(courier_->carry(std::make_unique<Replay>(*journal_, SequenceRange{1, 1})));
    courier_->drop_redelivery();
    EXPECT_TRUE(eventually([&] { return courier_->status().redelivery->is_over; }));
}

TEST_F(InFlightTest, AreNotSentWhilePaused) {
    open();
    start();
    courier_->pause();
    ASSERT_TRUE(eventually([&] { return courier_->status().state == SinkState::paused; }));
    append({"a"});
    EXPECT_EQ(gate_.waiting_count(), 0U);
    courier_->resume();
    gate_.let("a");
    ASSERT_TRUE(becomes(1));
}

}  // namespace
}  // namespace eventfwd

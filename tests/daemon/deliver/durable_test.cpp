// A courier to a sink that keeps a position of its own: what it has is not yet durable.
#include <mutex>

#include "daemon/deliver/courier.h"
#include "support/journal_fixture.h"
#include "support/wait.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::Found;

// What the sink of one life leaves to the next.
struct Vault {
    std::mutex mutex;
    std::uint64_t had = 0;      // the last number that came, or was passed
    std::uint64_t durable = 0;  // of those
    Found passed;               // "2…4"

    void flush() {
        const std::lock_guard lock(mutex);
        durable = had;
    }
    std::uint64_t last_had() {
        const std::lock_guard lock(mutex);
        return had;
    }
};

class VaultSink final : public Sink {
  public:
    explicit VaultSink(Vault& shelf) : vault_(shelf) {}

    boost::asio::awaitable<Outcome> send(const Batch& batch, Checkpoint&) override {
        const std::lock_guard lock(vault_.mutex);
        if (!batch.runs.empty()) vault_.had = batch.runs.back().end_sequence() - 1;
        co_return Outcome::delivered();
    }
    void pass(std::uint64_t begin, std::uint64_t end, Instant) override {
        const std::lock_guard lock(vault_.mutex);
        vault_.passed.push_back(std::to_string(begin) + "…" + std::to_string(end));
        vault_.had = end - 1;
    }
    std::optional<std::uint64_t> durable() const override {
        const std::lock_guard lock(vault_.mutex);
        return vault_.durable;
    }

  private:
    Vault& vault_;
};

class DurableTest : public test::JournalFixture<> {
  protected:
    DurableTest() {
        courier_options_.name = "vault";
        courier_options_.save_interval = 5ms;
        courier_options_.batch.linger = 0ms;
    }
    ~DurableTest() override { finish(); }

    void start() {
        courier_ = std::make_unique<Courier>(courier_options_, std::make_unique<VaultSink>(vault_),
                                             *journal_, dead_letters_, clock_, probe_);
        ASSERT_TRUE(courier_->save_first_cursor());
        ASSERT_TRUE(journal_->remember_sinks({"vault"}));
        courier_->start();
    }
    void finish() {
        if (courier_ == nullptr) return;
        courier_->stop(std::chrono::steady_clock::now() + 20s);
        courier_->join();
        courier_.reset();
    }
    bool has(std::uint64_t number) {
        return eventually([&] { return courier_->status().cursor == number; });
    }
    bool is_durable(std::uint64_t number) {
        return eventually([&] { return courier_->status().durable == number; });
    }
    Record saved() { return journal_->cursors().load("vault").value(); }

    CourierOptions courier_options_;
    DeadLetters dead_letters_{{directory_ / "dead-letters"}, files_};
    CourierProbe probe_;
    Vault vault_;
    std::unique_ptr<Courier> courier_;
};

TEST_F(DurableTest, SavesCursorAndLedgerAsOfWhatTheSinkMadeDurable) {
    open();
    start();
    append({"a", "b"});
    ASSERT_TRUE(has(2));
    vault_.flush();
    ASSERT_TRUE(is_durable(2));
    append({"c"});
    ASSERT_TRUE(has(3));
    finish();
    EXPECT_EQ(saved().number("sequence"), 2U);
    EXPECT_EQ(saved().number("delivered"), 2U);
    EXPECT_EQ(journal_->cursors().lowest(), 2U);
}

TEST_F(DurableTest, SendsAgainWhatWasNotDurableAndCountsItOnce) {
    open();
    start();
    append({"a", "b"});
    ASSERT_TRUE(has(2));
    vault_.flush();
    ASSERT_TRUE(is_durable(2));
    append({"c"});
    ASSERT_TRUE(has(3));
    finish();
    crash();
    open();
    vault_.had = vault_.durable;
    start();
    ASSERT_TRUE(eventually([&] { return vault_.last_had() == 3; }));
    ASSERT_TRUE(has(3));
    EXPECT_EQ(courier_->status().ledger.delivered, 3U);
}

TEST_F(DurableTest, PassesNumbersWithoutLinesSoThatThePositionDoesNotStall) {
    courier_options_.match.application = GlobList({"shop"});
    const std::string shop = R"(2011-08-08T11:45:17.735045Z application="shop" event="e")";
    const std::string blog = R"(2011-08-08T11:45:17.735045Z application="blog" event="e")";
    open();
    append({shop, blog, blog});
    start();
    ASSERT_TRUE(has(3));
    EXPECT_EQ(vault_.passed, Found{"2…4"});
    vault_.flush();
    EXPECT_TRUE(is_durable(3));
    EXPECT_EQ(courier_->status().ledger.filtered, 2U);
}

TEST_F(DurableTest, PassesWhatIsSkipped) {
    open();
    start();
    ASSERT_TRUE(courier_->pause());
    append({"a", "b"});
    courier_->skip_to_end();
    ASSERT_TRUE(has(2));
    EXPECT_EQ(vault_.passed, Found{"1…3"});
}

TEST_F(DurableTest, GoesBackToWhatASinkHasThatLostItsState) {
    open();
    start();
    append({"a", "b"});
    ASSERT_TRUE(has(2));
    vault_.flush();
    ASSERT_TRUE(is_durable(2));
    finish();
    vault_.had = vault_.durable = 0;
    start();
    ASSERT_TRUE(has(2));
    EXPECT_EQ(vault_.last_had(), 2U);
    EXPECT_EQ(courier_->status().ledger.joined, 0U);
    EXPECT_EQ(courier_->status().ledger.delivered, 2U);
}

}  // namespace
}  // namespace eventfwd

#include "daemon/deliver/courier.h"

#include <filesystem>
#include <fstream>
#include <functional>

#include "support/journal_fixture.h"
#include "support/wait.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::Found;

// A destination that the test can break and mend.
struct Destination {
    std::mutex mutex;
    std::vector<std::string> lines;
    bool is_broken = false;
    std::string refuses;  // the line that it will not take
    int attempts = 0;
    std::function<void()> at_first_attempt = [] {};

    std::size_t count() {
        const std::lock_guard lock(mutex);
        return lines.size();
    }
    std::string last_line() {
        const std::lock_guard lock(mutex);
        return lines.empty() ? "" : lines.back();
    }
    void set_broken(bool broken) {
        const std::lock_guard lock(mutex);
        is_broken = broken;
    }
};

class DestinationSink final : public Sink {
  public:
    explicit DestinationSink(Destination& destination) : destination_(destination) {}
    boost::asio::awaitable<Outcome> send(const Batch& batch, Checkpoint&) override {
        const std::lock_guard lock(destination_.mutex);
        if (++destination_.attempts == 1) destination_.at_first_attempt();
        if (destination_.is_broken) co_return Outcome::try_again("it is broken");
        Outcome outcome = Outcome::delivered();
        LineWalk walk(batch.runs);
        for (std::size_t index = 0; index < batch.count; ++index) {
            std::string_view line = walk.next();
            line.remove_suffix(1);
            if (line == destination_.refuses) {
                outcome.refused.push_back({index, "rejected", "it is not wanted"});
            } else {
                destination_.lines.emplace_back(line);
            }
        }
        co_return outcome;
    }

    bool is_blocking() const override { return true; }

  private:
    Destination& destination_;
};

class CourierNotes final : public CourierProbe {
  public:
    void trouble_began(const std::string&, const std::string& reason) override {
        add("trouble: " + reason);
    }
    void held(const std::string&, const std::string& reason) override { add("held: " + reason); }
    void trouble_ended(const std::string&, std::uint64_t, std::chrono::microseconds) override {
        add("recovered");
    }
    void shed(const std::string&, const Gap& gap) override {
        add("shed " + std::to_string(gap.end - gap.begin));
    }
    void refused(const std::string&, std::size_t count, const RefusedLine& first) override {
        add("refused " + std::to_string(count) + ": " + first.text);
    }
    void cursor_missing(const std::string&, const std::string&, std::uint64_t begins_at) override {
        add("cursor missing, from " + std::to_string(begins_at));
    }
    Found all() {
        const std::lock_guard lock(mutex_);
        return notes_;
    }

  private:
    void add(std::string note) {
        const std::lock_guard lock(mutex_);
        notes_.push_back(std::move(note));
    }
    std::mutex mutex_;
    Found notes_;
};

class CourierTest : public test::JournalFixture<> {
  protected:
    CourierTest() {
        courier_options_.name = "lines";
        courier_options_.retry = {1ms, 2ms};
    }
    ~CourierTest() override { finish(); }

    void start() {
        courier_ = std::make_unique<Courier>(courier_options_,
                                             std::make_unique<DestinationSink>(destination_),
                                             *journal_, dead_letters_, clock_, notes_);
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
    void expect_closed_ledger(const CourierStatus& status) {
        const Ledger& ledger = status.ledger;
        EXPECT_EQ(status.cursor - ledger.joined,
                  ledger.delivered + ledger.filtered + ledger.dead_lettered + ledger.shed_full +
                      ledger.shed_skipped + ledger.shed_damaged + ledger.shed_unknown);
    }

    CourierOptions courier_options_;
    DeadLetters dead_letters_{{directory_ / "dead-letters"}, files_};
    Destination destination_;
    CourierNotes notes_;
    std::unique_ptr<Courier> courier_;
    CourierStatus last_status_;
};

TEST_F(CourierTest, DeliversWhatIsThereAndWhatComes) {
    open();
    append({"a", "b"});
    start();
    ASSERT_TRUE(eventually([&] { return destination_.count() == 2; }));
    append({"c"});
    ASSERT_TRUE(eventually([&] { return destination_.count() == 3; }));
    finish();
    EXPECT_EQ(destination_.lines, (Found{"a", "b", "c"}));
    EXPECT_EQ(last_status_.cursor, 3U);
    expect_closed_ledger(last_status_);
}

TEST_F(CourierTest, GoesOnWhereItStopped) {
    open();
    append({"a"});
    start();
    finish();
    append({"b"});
    start();
    finish();
    EXPECT_EQ(destination_.lines, (Found{"a", "b"}));
    EXPECT_EQ(last_status_.ledger.delivered, 2U);
}

TEST_F(CourierTest, SavesItsCursorSoonAfterAStartHoweverLongTheIntervalIs) {
    courier_options_.save_interval = 24h;
    open();
    start();
    const auto saved = [&] {
        return journal_->cursors().load("lines").value().number("sequence").value();
    };
    append({"a", "b"});
    EXPECT_TRUE(eventually([&] { return saved() == 2; }));
    append({"c"});
    EXPECT_TRUE(eventually([&] { return saved() == 3; }));
}

TEST_F(CourierTest, KnowsOverARestartSinceWhenSomethingIsPending) {
    open();
    start();
    append({"a"});
    ASSERT_TRUE(eventually([&] { return destination_.count() == 1; }));
    destination_.set_broken(true);
    const Instant before = clock_.now();
    clock_.advance(10s);
    append({"b"});
    ASSERT_TRUE(eventually([&] { return courier_->status().state == SinkState::retrying; }));
    finish(0ms);
    const Instant since = last_status_.last_instant;
    EXPECT_LE(since, before + 10s);
    clock_.advance(10s);
    start();
    EXPECT_EQ(courier_->status().last_instant, since);
    finish(0ms);
}

TEST_F(CourierTest, TriesAgainUntilItGoesAndSaysSoOnce) {
    open();
    destination_.set_broken(true);
    append({"a"});
    start();
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.retries > 5; }));
    EXPECT_EQ(courier_->status().state, SinkState::retrying);
    EXPECT_EQ(courier_->status().last_error, "it is broken");
    destination_.set_broken(false);
    ASSERT_TRUE(eventually([&] { return destination_.count() == 1; }));
    finish();
    EXPECT_EQ(notes_.all(), (Found{"trouble: it is broken", "recovered"}));
    EXPECT_EQ(last_status_.last_error, "");
}

TEST_F(CourierTest, KeepsARefusedLineAsADeadLetterAndDeliversTheOthers) {
    open();
    destination_.refuses = "b";
    append({"a", "b", "c", "b"});
    start();
    finish();
    EXPECT_EQ(destination_.lines, (Found{"a", "c"}));
    EXPECT_EQ(last_status_.ledger.delivered, 2U);
    EXPECT_EQ(last_status_.ledger.dead_lettered, 2U);
    expect_closed_ledger(last_status_);
    EXPECT_EQ(notes_.all(), Found{"refused 2: it is not wanted"});
    const auto letters = read_dead_letters(files_, directory_ / "dead-letters").value();
    ASSERT_EQ(letters.size(), 2U);
    EXPECT_TRUE(letters[0].json.ends_with(
        R"("from":"sink lines","reason":"rejected","text":"it is not wanted","bytes":"b","true_bytes":1,"sequence":2})"))
        << letters[0].json;
}

TEST_F(CourierTest, HoldsItsCursorUntilTheDeadLetterIsWritten) {
    open();
    destination_.refuses = "a";
    const std::string in_the_way = directory_ / "dead-letters";
    std::ofstream(in_the_way) << "a file";
    append({"a"});
    start();
    ASSERT_TRUE(eventually([&] { return courier_->status().state == SinkState::retrying; }));
    EXPECT_EQ(courier_->status().cursor, 0U);
    std::filesystem::remove(in_the_way);
    ASSERT_TRUE(eventually([&] { return courier_->status().cursor == 1; }));
    finish();
    EXPECT_EQ(last_status_.ledger.dead_lettered, 1U);
}

TEST_F(CourierTest, LeavesInTheJournalWhatCannotBeDeliveredInTime) {
    open();
    destination_.set_broken(true);
    append({"a"});
    start();
    finish(10ms);
    EXPECT_EQ(last_status_.cursor, 0U);
    destination_.set_broken(false);
    start();
    finish();
    EXPECT_EQ(destination_.lines, Found{"a"});
}

TEST_F(CourierTest, CountsWhatItsMatchLeavesOut) {
    open();
    courier_options_.match.application = GlobList({"shop"});
    append({R"(2011-08-08T11:45:17.735045Z application="shop" event="e")",
            R"(2011-08-08T11:45:17.735045Z application="blog" event="e")"});
    start();
    finish();
    EXPECT_EQ(destination_.count(), 1U);
    EXPECT_EQ(last_status_.ledger.filtered, 1U);
    expect_closed_ledger(last_status_);
}

TEST_F(CourierTest, BeginsAtTheEndWhereItIsAskedTo) {
    open();
    append({"old"});
    courier_options_.from_start = false;
    start();
    append({"new"});
    finish();
    EXPECT_EQ(destination_.lines, Found{"new"});
}

TEST_F(CourierTest, AKnownSinkWithoutItsCursorBeginsAtTheOldestEvent) {
    open();
    append({"a"});
    start();
    finish();
    std::filesystem::remove(options_.path + "/cursors/lines");
    courier_options_.from_start = false;
    start();
    finish();
    EXPECT_EQ(destination_.lines, (Found{"a", "a"}));
    EXPECT_EQ(notes_.all(), Found{"cursor missing, from 1"});
}

TEST_F(CourierTest, AnUnreadableCursorIsAMissingOne) {
    open();
    append({"a"});
    start();
    finish();
    flip_byte(options_.path + "/cursors/lines", 12);
    start();
    finish();
    EXPECT_EQ(destination_.lines, (Found{"a", "a"}));
}

TEST_F(CourierTest, ACursorBeyondTheJournalIsClampedToIt) {
    open();
    append({"a"});
    save_cursor("lines", 1000);
    start();
    append({"b"});
    finish();
    EXPECT_EQ(destination_.lines, Found{"b"});
}

TEST_F(CourierTest, CountsWhatTheJournalLost) {
    open();
    append({"a"});
    const std::uint64_t second = segment_size(1);
    append({"b"});
    append({"c"});
    crash();
    flip_byte(segment(1), second + kFrameHeaderBytes);
    open();
    start();
    finish();
    EXPECT_EQ(destination_.lines, (Found{"a", "c"}));
    EXPECT_EQ(last_status_.ledger.shed_damaged, 1U);
    EXPECT_EQ(notes_.all(), Found{"shed 1"});
    expect_closed_ledger(last_status_);
}

TEST_F(CourierTest, CountsWhatAStartLeftOutAsUnknown) {
    open();
    append({"a"});
    reboot();
    open();
    const std::uint64_t next = append({"b"}).first;
    start();
    finish();
    EXPECT_EQ(destination_.lines, (Found{"a", "b"}));
    EXPECT_EQ(last_status_.ledger.shed_unknown, next - 2);
    EXPECT_EQ(last_status_.ledger.shed_damaged, 0U);
    expect_closed_ledger(last_status_);
}

TEST_F(CourierTest, KnowsSinceWhenSomethingIsPendingBehindAGapThatItMeetsFirst) {
    open();
    append({"a"});
    const std::uint64_t second = segment_size(1);
    append({"b"});
    crash();
    flip_byte(segment(1), second - 1);
    open();
    destination_.set_broken(true);
    start();
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.shed_damaged == 1; }));
    EXPECT_GE(courier_->status().last_instant, clock_.now() - std::chrono::hours(1));
    finish(0ms);
}

TEST_F(CourierTest, OneSinksTroubleIsNobodyElses) {
    open();
    Destination other;
    CourierOptions other_options = courier_options_;
    other_options.name = "other";
    Courier live(other_options, std::make_unique<DestinationSink>(other), *journal_, dead_letters_,
                 clock_, notes_);
    destination_.set_broken(true);
    start();
    live.start();
    append({"a", "b"});
    EXPECT_TRUE(eventually([&] { return other.count() == 2; }));
    EXPECT_EQ(destination_.count(), 0U);
    live.stop(std::chrono::steady_clock::now() + 5s);
    live.join();
    finish(1ms);
}

TEST_F(CourierTest, HearsAStopInTheMiddleOfABacklog) {
    open();
    for (int i = 0; i < 50; ++i)
        append({std::to_string(i)});
    courier_options_.batch.count_max = 1;
    destination_.at_first_attempt = [&] { courier_->stop(std::chrono::steady_clock::now()); };
    start();
    courier_->join();
    EXPECT_LT(destination_.count(), 3U);
    EXPECT_EQ(courier_->status().cursor, destination_.count());
}

// However long events may gather: calls are heard at once, and so is the append that ends the wait.
TEST_F(CourierTest, HearsEverybodyWhileEventsGather) {
    courier_options_.batch.linger = 24h;
    open();
    start();
    append({"a"});
    ASSERT_TRUE(eventually([&] { return destination_.count() == 1; }));
    EXPECT_TRUE(eventually([&] {  // in turns: the wait may begin behind the clock's first leap
        clock_.advance(13h);
        append({"b"});
        return destination_.count() > 1;
    }));
    EXPECT_TRUE(courier_->pause());
    EXPECT_TRUE(eventually([&] { return courier_->status().state == SinkState::paused; }));
    append({"c"});
    EXPECT_TRUE(courier_->resume());
    EXPECT_TRUE(eventually([&] { return destination_.last_line() == "c"; }));
    finish();
    expect_closed_ledger(last_status_);
}

TEST_F(CourierTest, StaysPausedOverARestartUntilItIsResumed) {
    open();
    start();
    ASSERT_TRUE(courier_->pause());
    EXPECT_EQ(journal_->cursors().load("lines")->number("paused"), 1U);
    finish();
    append({"a"});
    start();
    EXPECT_EQ(courier_->status().state, SinkState::paused);
    finish();
    EXPECT_EQ(destination_.count(), 0U);
    start();
    courier_->resume();
    ASSERT_TRUE(eventually([&] { return destination_.count() == 1; }));
    finish();
    start();
    EXPECT_NE(courier_->status().state, SinkState::paused);
    append({"b"});
    EXPECT_TRUE(eventually([&] { return destination_.count() == 2; }));
}

}  // namespace
}  // namespace eventfwd

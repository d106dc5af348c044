#include "daemon/outputs/sink_set.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>

#include "core/unique_fd.h"
#include "support/journal_fixture.h"
#include "support/wait.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::Found;
using testing::UnorderedElementsAre;

// Sinks into files named as they are.
class SinkSetTest : public test::JournalFixture<> {
  protected:
    ~SinkSetTest() override {
        if (sinks_ != nullptr) sinks_->stop(std::chrono::steady_clock::now());
    }

    SinkSettings sink(const std::string& name) { return sink(name, name); }
    SinkSettings sink(const std::string& name, const std::string& file) {
        FileSinkOptions options;
        options.path = directory_ / ("logs/" + file);
        SinkSettings settings;
        settings.courier.name = name;
        settings.courier.batch.linger = 0us;
        settings.destination = options;
        return settings;
    }
    SinkSettings impossible(const std::string& name) { return sink(name, "{nothing}"); }

    Result<> try_start(const std::vector<SinkSettings>& settings) {
        sinks_ = std::make_unique<SinkSet>(SinkSet::Parts{
            *journal_, dead_letters_, courier_probe_, {files_, clock_, file_probe_, hec_probe_}});
        auto opened = sinks_->open(settings);
        if (opened) sinks_->start();
        return opened;
    }
    void start(const std::vector<SinkSettings>& settings) {
        const auto opened = try_start(settings);
        ASSERT_TRUE(opened) << opened.error().message;
    }
    void reload(const std::vector<SinkSettings>& settings) {
        const auto reloaded = sinks_->reload(settings);
        ASSERT_TRUE(reloaded) << reloaded.error().message;
    }
    void stop() { sinks_->stop(std::chrono::steady_clock::now() + 20s); }
    void restart(const std::vector<SinkSettings>& settings) {
        stop();
        sinks_.reset();
        start(settings);
    }

    std::string content(const std::string& file) {
        return read_whole_file(files_, directory_ / ("logs/" + file)).value_or("");
    }
    bool delivers(const std::string& file, const std::string& wanted) {
        return eventually([&] { return content(file) == wanted; });
    }
    SinkStatus status(const std::string& name) {
        const auto statuses = sinks_->statuses();
        const auto found = std::ranges::find(statuses, name, &SinkStatus::name);
        EXPECT_NE(found, statuses.end()) << name;
        return found == statuses.end() ? SinkStatus{} : *found;
    }
    bool is_settled(const std::string& name, std::uint64_t number) {
        return eventually([&] { return status(name).courier.cursor == number; });
    }
    std::uint64_t pending(const std::string& name) {
        return status(name).courier.pending(journal_->status().last);
    }
    Found names() {
        Found names;
        for (const SinkStatus& each : sinks_->statuses())
            names.push_back(each.name);
        return names;
    }

    DeadLetters dead_letters_{{directory_ / "dead-letters"}, files_};
    CourierProbe courier_probe_;
    FileSinkProbe file_probe_;
    HecSinkProbe hec_probe_;
    std::unique_ptr<SinkSet> sinks_;
};

TEST_F(SinkSetTest, DeliversToEverySink) {
    open();
    append({"a", "b"});
    start({sink("one"), sink("two")});
    EXPECT_TRUE(delivers("one", "a\nb\n"));
    EXPECT_TRUE(delivers("two", "a\nb\n"));
    append({"c"});
    EXPECT_TRUE(delivers("one", "a\nb\nc\n"));
    EXPECT_TRUE(delivers("two", "a\nb\nc\n"));
}

TEST_F(SinkSetTest, DeliversAtAStopWhatIsInTheJournal) {
    open();
    std::string wanted;
    start({sink("one")});
    for (int number = 0; number < 2000; ++number) {
        append({std::to_string(number)});
        wanted += std::to_string(number) + "\n";
    }
    stop();
    EXPECT_EQ(content("one"), wanted);
    EXPECT_EQ(journal_->cursors().load("one")->number("sequence"), 2000U);
}

TEST_F(SinkSetTest, LetsTheJournalRememberItsSinksAndHoldWhatTheyNeed) {
    open();
    append({"a"});
    start({sink("one"), sink("two")});
    EXPECT_THAT(journal_->known_sinks(), UnorderedElementsAre("one", "two"));
    reload({sink("one"), sink("three")});
    EXPECT_THAT(journal_->known_sinks(), UnorderedElementsAre("one", "two", "three"));
    EXPECT_TRUE(journal_->cursors().load("three"));
}

TEST_F(SinkSetTest, FindsACourierByTheNameOfItsSink) {
    open();
    start({sink("one"), sink("two")});
    ASSERT_NE(sinks_->find("two"), nullptr);
    EXPECT_EQ(sinks_->find("two")->name(), "two");
    EXPECT_EQ(sinks_->find("three"), nullptr);
    reload({sink("one")});
    EXPECT_EQ(sinks_->find("two"), nullptr) << "an orphan has no courier";
}

TEST_F(SinkSetTest, DoesNotOpenWhereASinkCannotBeMade) {
    open();
    const auto opened = try_start({sink("one"), impossible("bad")});
    ASSERT_FALSE(opened);
    EXPECT_TRUE(opened.error().message.starts_with("sink bad: ")) << opened.error().message;
}

TEST_F(SinkSetTest, AddsASinkThatGetsAllThatTheJournalHas) {
    open();
    append({"a"});
    start({sink("one")});
    ASSERT_TRUE(delivers("one", "a\n"));
    SinkSettings late = sink("late");
    late.courier.from_start = false;
    reload({sink("one"), sink("two"), late});
    append({"b"});
    EXPECT_TRUE(delivers("two", "a\nb\n"));
    EXPECT_TRUE(delivers("late", "b\n"));
    EXPECT_TRUE(delivers("one", "a\nb\n"));
}

TEST_F(SinkSetTest, ChangesASinkThatGoesOnAtItsCursor) {
    open();
    append({"a"});
    start({sink("one"), sink("two")});
    ASSERT_TRUE(is_settled("one", 1));
    Courier* const other = sinks_->find("two");
    reload({sink("one", "elsewhere"), sink("two")});
    append({"b"});
    EXPECT_TRUE(delivers("elsewhere", "b\n"));
    EXPECT_EQ(content("one"), "a\n");
    EXPECT_EQ(status("one").courier.ledger.delivered, 2U) << "it counts on";
    EXPECT_EQ(sinks_->find("two"), other) << "a sink that stays as it is goes on undisturbed";
    EXPECT_EQ(names(), (Found{"two", "one"}));
}

TEST_F(SinkSetTest, ShowsASinkThatIsGoneWithWhatIsPendingForIt) {
    open();
    append({"a"});
    start({sink("one"), sink("two")});
    ASSERT_TRUE(is_settled("two", 1));
    reload({sink("one")});
    append({"b", "c"});
    ASSERT_TRUE(is_settled("one", 3));
    EXPECT_EQ(status("two").courier.state, SinkState::orphaned);
    EXPECT_EQ(status("two").courier.cursor, 1U);
    EXPECT_EQ(pending("two"), 2U);
    EXPECT_GT(status("two").pending_bytes, 0U);
    EXPECT_EQ(status("one").pending_bytes, 0U);
}

TEST_F(SinkSetTest, TakesASinkBackThatGoesOnAtItsCursor) {
    open();
    append({"a"});
    start({sink("one"), sink("two")});
    ASSERT_TRUE(is_settled("two", 1));
    reload({sink("one")});
    append({"b"});
    reload({sink("one"), sink("two")});
    EXPECT_TRUE(delivers("two", "a\nb\n"));
    EXPECT_THAT(names(), UnorderedElementsAre("one", "two")) << "it is no orphan any more";
}

TEST_F(SinkSetTest, KnowsItsOrphansAfterARestart) {
    open();
    append({"a"});
    start({sink("one"), sink("two")});
    ASSERT_TRUE(is_settled("two", 1));
    restart({sink("one")});
    append({"b"});
    EXPECT_EQ(status("two").courier.state, SinkState::orphaned);
    EXPECT_EQ(pending("two"), 1U);
    restart({sink("one"), sink("two")});
    EXPECT_TRUE(delivers("two", "a\nb\n"));
}

// What other sinks do not need goes; an orphan holds nothing back.
TEST_F(SinkSetTest, HoldsNothingForASinkThatIsGone) {
    options_.segment_bytes = 1000;
    open();
    start({sink("one"), sink("two")});
    reload({sink("one")});
    for (int number = 1; number <= 10; ++number)
        append({std::string(600, 'x')});
    ASSERT_TRUE(is_settled("one", 10));
    stop();  // the cursor is saved
    journal_->maintain();
    EXPECT_GT(journal_->status().first, 5U);
    EXPECT_EQ(pending("two"), 11 - journal_->status().first)
        << "what the journal does not have is not pending";
}

TEST_F(SinkSetTest, KeepsTheOthersGoingWhereASinkCannotBeMade) {
    open();
    append({"a"});
    start({sink("one"), sink("two")});
    ASSERT_TRUE(is_settled("two", 1));
    const auto reloaded =
        sinks_->reload({impossible("bad"), sink("one"), impossible("two"), sink("new")});
    ASSERT_FALSE(reloaded);
    EXPECT_TRUE(reloaded.error().message.starts_with("sink ")) << reloaded.error().message;
    append({"b"});
    EXPECT_TRUE(delivers("one", "a\nb\n"));
    EXPECT_TRUE(delivers("new", "a\nb\n"));

    // And what it missed is still there when it is mended.
    ASSERT_TRUE(is_settled("one", 2));
    ASSERT_TRUE(is_settled("new", 2));
    reload({sink("one"), sink("two"), sink("new")});
    EXPECT_TRUE(delivers("two", "a\nb\n"));
}

TEST_F(SinkSetTest, HoldsWhatASinkNeedsThatCannotBeMadeNow) {
    options_.segment_bytes = 1000;
    open();
    start({sink("one"), sink("two")});
    EXPECT_FALSE(sinks_->reload({sink("one"), impossible("two")}));
    for (int number = 1; number <= 10; ++number)
        append({std::string(600, 'x')});
    ASSERT_TRUE(is_settled("one", 10));
    stop();
    journal_->maintain();
    EXPECT_EQ(journal_->status().first, 1U);
}

// What a courier holds in memory can still be delivered when its segment is gone.
TEST_F(SinkSetTest, CallsNothingShedThatItDeliversLater) {
    options_.bytes_max = 20'000;
    options_.segment_bytes = 4'000;
    open();
    std::ofstream(directory_ / "logs") << "in the way";
    SinkSettings one = sink("one");
    one.courier.batch.count_max = 5;
    one.courier.retry = {1ms, 2ms};
    start({one});
    for (int number = 0; number < 20; ++number)
        append({std::to_string(number)});
    ASSERT_TRUE(eventually([&] { return status("one").courier.read_to > 0; }));
    while (journal_->status().first < 100)
        append({std::string(500, 'x')});
    const auto shed = [&] { return status("one").courier.ledger.shed_full; };
    const std::uint64_t in_memory = status("one").courier.read_to;
    const std::uint64_t shown = shed();
    EXPECT_EQ(shown, journal_->status().first - 1 - in_memory);
    std::filesystem::remove(directory_ / "logs");
    ASSERT_TRUE(eventually([&] {
        EXPECT_GE(shed(), shown);
        return pending("one") == 0;
    }));
    EXPECT_EQ(shed(), shown);
    EXPECT_EQ(status("one").courier.ledger.delivered + shown, journal_->status().last);
}

TEST_F(SinkSetTest, ReopensTheFilesOfItsSinks) {
    open();
    append({"a"});
    start({sink("one")});
    ASSERT_TRUE(is_settled("one", 1));
    std::filesystem::rename(directory_ / "logs/one", directory_ / "logs/old");
    sinks_->reopen();
    append({"b"});
    EXPECT_TRUE(delivers("one", "b\n"));
    EXPECT_EQ(content("old"), "a\n");
}

TEST_F(SinkSetTest, ASinkThatTheProcessHasNoDescriptorsForHoldsUpNoOther) {
    open();
    start({sink("a")});
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    // An executor needs three; the sanitizers look at memory by a pipe.
    const auto free = static_cast<rlim_t>(UniqueFd(::open("/dev/null", O_RDONLY)).get());
    const rlimit two_more{free + 2, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &two_more), 0);
    const auto reloaded = sinks_->reload({sink("a"), sink("b")});
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    ASSERT_FALSE(reloaded);
    EXPECT_NE(reloaded.error().message.find("Too many open files"), std::string::npos);
    append({"line"});
    EXPECT_TRUE(delivers("a", "line\n"));
    reload({sink("a"), sink("b")});
    EXPECT_TRUE(delivers("b", "line\n"));
}

}  // namespace
}  // namespace eventfwd

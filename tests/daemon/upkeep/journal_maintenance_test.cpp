#include "daemon/upkeep/journal_maintenance.h"

#include <algorithm>
#include <atomic>

#include "support/journal_fixture.h"
#include "support/wait.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::Found;

// What is asked of the disk, from any thread.
struct DiskCounts {
    std::atomic<int> calls = 0;
    std::atomic<int> segment_syncs = 0;
    std::atomic<int> failed_syncs = 0;
    std::atomic<bool> fails_syncs = false;
};

class CountingFile final : public File {
  public:
    CountingFile(DiskCounts& counts, bool is_segment, std::unique_ptr<File> real)
        : counts_(counts), is_segment_(is_segment), real_(std::move(real)) {}

    Result<std::size_t> append(std::span<const iovec> parts) override {
        return counted().append(parts);
    }
    Result<std::size_t> write_at(std::uint64_t offset, std::span<const iovec> parts) override {
        return counted().write_at(offset, parts);
    }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
        return counted().read_at(offset, into);
    }
    Result<> set_in_place(bool in_place) override { return counted().set_in_place(in_place); }
    Result<> truncate(std::uint64_t size) override { return counted().truncate(size); }
    Result<> sync_data() override {
        ++counts_.calls;
        if (is_segment_) ++counts_.segment_syncs;
        if (!counts_.fails_syncs) return real_->sync_data();
        ++counts_.failed_syncs;
        return failure("sync: it fails", EIO);
    }
    Result<FileStatus> status() const override { return counted().status(); }
    Result<> set_access(mode_t mode, std::optional<gid_t> group) override {
        return counted().set_access(mode, group);
    }

  private:
    File& counted() const {
        ++counts_.calls;
        return *real_;
    }
    DiskCounts& counts_;
    const bool is_segment_;
    std::unique_ptr<File> real_;
};

class CountingFileSystem final : public FileSystem {
  public:
    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode how,
                                       mode_t mode) override {
        return wrapped(path, counted().open(path, how, mode));
    }
    Result<std::unique_ptr<File>> open_beneath(const std::string& root, const std::string& path,
                                               OpenMode how, mode_t mode) override {
        return wrapped(path, counted().open_beneath(root, path, how, mode));
    }
    Result<FileStatus> status(const std::string& path) override { return counted().status(path); }
    Result<std::string> real_path(const std::string& path) override {
        return counted().real_path(path);
    }
    Result<> rename(const std::string& from, const std::string& to) override {
        return counted().rename(from, to);
    }
    Result<> unlink(const std::string& path) override { return counted().unlink(path); }
    Result<> make_directories(const std::string& path, mode_t mode) override {
        return counted().make_directories(path, mode);
    }
    Result<> sync_directory(const std::string& path) override {
        return counted().sync_directory(path);
    }
    Result<std::vector<std::string>> list(const std::string& path) override {
        return counted().list(path);
    }

    DiskCounts counts;

  private:
    FileSystem& counted() {
        ++counts.calls;
        return real_;
    }
    Result<std::unique_ptr<File>> wrapped(const std::string& path,
                                          Result<std::unique_ptr<File>> real) {
        if (!real) return real;
        return std::make_unique<CountingFile>(counts, path.ends_with(".seg"), std::move(*real));
    }
    PosixFileSystem real_;
};

// What the maintenance reports; on its own thread, and read when that has ended.
class MaintenanceNotes final : public JournalProbe {
  public:
    void maintenance_failed(const Error& error) override {
        notes.push_back("failed: " + error.message);
    }
    void maintenance_recovered() override { notes.emplace_back("recovered"); }

    Found notes;
};

// The intervals are far too long to be waited for: what happens is asked for, or due.
class JournalMaintenanceTest : public test::JournalFixture<CountingFileSystem> {
  protected:
    JournalMaintenanceTest() {
        maintenance_options_.interval = 1h;
        maintenance_options_.quiet_after = 1h;
        options_.sync.when = SyncPolicy::When::always;
    }
    ~JournalMaintenanceTest() override { maintenance_.reset(); }

    void make() {
        maintenance_ = std::make_unique<JournalMaintenance>(
            *journal_, notes_, std::vector<JournalMaintenance::Task>{[this]() -> Result<> {
                ++rounds_;
                if (task_fails_) return failure("the task fails");
                return {};
            }},
            maintenance_options_);
    }
    void start() {
        open();
        make();
        maintenance_->start();
    }
    bool is_synced(std::uint64_t number) {
        return eventually([&] { return journal_->status().synced == number; });
    }

    MaintenanceOptions maintenance_options_;
    MaintenanceNotes notes_;
    std::atomic<int> rounds_ = 0;
    std::atomic<bool> task_fails_ = false;
    std::unique_ptr<JournalMaintenance> maintenance_;
};

TEST_F(JournalMaintenanceTest, SyncsAtOnceUnderAlwaysAndMaintainsOnceInAnInterval) {
    start();
    for (std::uint64_t number = 1; number <= 50; ++number) {
        append({"line"});
        ASSERT_TRUE(is_synced(number));
    }
    EXPECT_GE(files_.counts.segment_syncs, 50);
    EXPECT_EQ(rounds_, 1);
}

TEST_F(JournalMaintenanceTest, SyncsManyAppendsTogetherUnderEvery) {
    options_.sync = {SyncPolicy::When::every, 20ms};
    start();
    for (std::uint64_t number = 1; number <= 200; ++number)
        append({"line"});
    ASSERT_TRUE(is_synced(200));
    EXPECT_LT(files_.counts.segment_syncs, 100);
}

TEST_F(JournalMaintenanceTest, SyncsNothingUnderNever) {
    options_.sync.when = SyncPolicy::When::never;
    maintenance_options_.interval = 1ms;
    start();
    append({"line"});
    ASSERT_TRUE(eventually([&] { return !journal_->needs_sync() && rounds_ > 3; }));
    EXPECT_EQ(files_.counts.segment_syncs, 0);
    EXPECT_EQ(journal_->status().synced, 0U);
}

TEST_F(JournalMaintenanceTest, FollowsAPolicyThatChanges) {
    options_.sync = {SyncPolicy::When::never, 1h};
    maintenance_options_.interval = 1ms;
    start();
    append({"one"});
    ASSERT_TRUE(eventually([&] { return rounds_ > 1; }));
    options_.sync.when = SyncPolicy::When::always;
    journal_->change_options(options_);
    append({"two"});
    EXPECT_TRUE(is_synced(2));
}

TEST_F(JournalMaintenanceTest, TriesASyncAgainThatFailed) {
    maintenance_options_.interval = 1ms;
    start();
    journal_->cursors().hold("lines", 0);
    append({"one"});
    ASSERT_TRUE(is_synced(1));
    files_.counts.fails_syncs = true;
    append({"two"});
    ASSERT_TRUE(eventually([&] { return files_.counts.failed_syncs > 5; }));
    EXPECT_EQ(journal_->status().synced, 1U);
    files_.counts.fails_syncs = false;
    EXPECT_TRUE(is_synced(2));
    maintenance_.reset();
    EXPECT_EQ(std::ranges::count(probe_.notes, "sync failed"), 1);
    EXPECT_EQ(read(), (Found{"1 one", "2 two"}));
}

TEST_F(JournalMaintenanceTest, RemovesSegmentsThatAreFullAtOnce) {
    options_.segment_bytes = 1000;
    options_.bytes_max = 3000;
    options_.sync.when = SyncPolicy::When::never;
    start();
    for (int dropped = 1; dropped <= 10; ++dropped) {
        const std::uint64_t first = journal_->status().first;
        ASSERT_TRUE(eventually([&] {
            append({std::string(300, 'x')});
            return journal_->status().first > first;
        }));
        EXPECT_TRUE(eventually([&] { return journal_->status().bytes <= 4000; }));
    }
}

TEST_F(JournalMaintenanceTest, SyncsNotBeforeItIsDueThoughItIsWoken) {
    options_.segment_bytes = 1000;
    options_.bytes_max = 3000;
    options_.sync = {SyncPolicy::When::every, 1h};
    start();
    const int before = files_.counts.segment_syncs;
    ASSERT_TRUE(eventually([&] {
        append({std::string(300, 'x')});
        return rounds_ > 5;
    }));
    EXPECT_EQ(files_.counts.segment_syncs, before);
}

TEST_F(JournalMaintenanceTest, ReportsATaskThatFailsOnceAndItsEndOnce) {
    open();
    make();
    maintenance_->maintain();
    EXPECT_EQ(notes_.notes, Found{});
    task_fails_ = true;
    for (int round = 0; round < 3; ++round)
        maintenance_->maintain();
    EXPECT_EQ(notes_.notes, Found{"failed: the task fails"});
    task_fails_ = false;
    for (int round = 0; round < 3; ++round)
        maintenance_->maintain();
    EXPECT_EQ(notes_.notes, (Found{"failed: the task fails", "recovered"}));
}

TEST_F(JournalMaintenanceTest, DoesEveryTaskThoughOneFails) {
    open();
    int done = 0;
    maintenance_ = std::make_unique<JournalMaintenance>(
        *journal_, notes_,
        std::vector<JournalMaintenance::Task>{[] { return Result<>(failure("the first fails")); },
                                              [&]() -> Result<> {
                                                  ++done;
                                                  return {};
                                              },
                                              [] { return Result<>(failure("the last fails")); }});
    maintenance_->maintain();
    maintenance_->maintain();
    EXPECT_EQ(done, 2);
    EXPECT_EQ(notes_.notes, (Found{"failed: the first fails", "failed: the last fails"}));
}

TEST_F(JournalMaintenanceTest, StopsAtOnceWhateverItWaitsFor) {
    for (const auto when :
         {SyncPolicy::When::always, SyncPolicy::When::every, SyncPolicy::When::never}) {
        for (const auto quiet_after : {0h, 1h}) {
            options_.sync = {when, 1h};
            maintenance_options_.quiet_after = quiet_after;
            start();
            append({"line"});
            maintenance_->stop();
            maintenance_.reset();
        }
    }
}

// The first round behind a pause finds what is new; then it sleeps again, for good.
TEST_F(JournalMaintenanceTest, IsWokenFromItsSleepByACursorThatIsSavedAndByACall) {
    options_.sync = {SyncPolicy::When::every, 1ms};
    maintenance_options_.interval = 1ms;
    maintenance_options_.quiet_after = 10ms;
    start();
    const auto rounds_when_asleep = [&] {
        int rounds = -1;
        auto since = std::chrono::steady_clock::now();
        EXPECT_TRUE(eventually([&] {
            const auto now = std::chrono::steady_clock::now();
            if (std::exchange(rounds, rounds_.load()) != rounds_) since = now;
            return now - since > 100ms;
        }));
        return rounds;
    };
    int before = rounds_when_asleep();
    Record cursor;
    cursor.add("sequence", std::uint64_t{0});
    ASSERT_TRUE(journal_->cursors().save("lines", cursor, false));
    EXPECT_TRUE(eventually([&] { return rounds_ > before; }));
    before = rounds_when_asleep();
    maintenance_->wake();
    EXPECT_TRUE(eventually([&] { return rounds_ > before; }));
}

TEST_F(JournalMaintenanceTest, AsksNothingOfTheDiskWhileNothingIsAppended) {
    for (const auto when :
         {SyncPolicy::When::always, SyncPolicy::When::every, SyncPolicy::When::never}) {
        options_.sync = {when, 1ms};
        maintenance_options_.interval = 1ms;
        maintenance_options_.quiet_after = 10ms;
        rounds_ = 0;
        start();
        for (int pause = 0; pause < 2; ++pause) {
            append({"line"});
            ASSERT_TRUE(eventually([&] { return !journal_->needs_sync(); }));
            // A hundred intervals without a round: it sleeps.
            int rounds = -1;
            auto since = std::chrono::steady_clock::now();
            EXPECT_TRUE(eventually([&] {
                const auto now = std::chrono::steady_clock::now();
                if (std::exchange(rounds, rounds_.load()) != rounds_) since = now;
                return now - since > 100ms;
            }));
        }
        const int calls = files_.counts.calls;
        const auto until = std::chrono::steady_clock::now() + 50ms;
        EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() > until; }));
        EXPECT_EQ(files_.counts.calls, calls);
        maintenance_.reset();
        crash();
    }
}

}  // namespace
}  // namespace eventfwd

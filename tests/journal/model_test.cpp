// The journal against a model: random lives of a journal on a simulated disk, with crashes, power
// cuts, damage and failing calls, and an oracle that knows what must be there. A broken promise
// prints its seed and the steps. EVENTFWD_MODEL_SEED=n begins at that seed (and runs only it),
// EVENTFWD_MODEL_SEQUENCES=n says how many follow.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "journal/frame_walk.h"
#include "journal/journal_oracle.h"
#include "journal/message_id_reader.h"
#include "support/journal_fixture.h"
#include "support/simulated_file_system.h"

namespace eventfwd {
namespace {

using test::Dice;
using test::SimulatedFileSystem;

// Seeds that found something once, in the code or in a copy of it that was broken on purpose. They
// are run first; a change of the steps below gives them other lives.
constexpr std::uint64_t kKeptSeeds[] = {28,   44,    824,   886,   2005,  3366,  5651,
                                        9765, 29535, 53970, 62347, 89606, 90943, 1795345122054525};

// Which segments are poisoned, as the journal tells it.
class PoisonNotes final : public JournalProbe {
  public:
    void segment_poisoned(std::uint64_t number, const Error&) override { poisoned.insert(number); }
    void segment_rescued(std::uint64_t number) override { poisoned.erase(number); }

    std::set<std::uint64_t> poisoned;
};

// A reader, and the number that it must give next.
struct Follower {
    TailReader reader;
    std::uint64_t next;
};

// One random life. Its file system lives in memory; DIRECTORY is real for the lock's sake.
class Life {
  public:
    Life(std::uint64_t seed, const std::string& directory)
        : dice_(seed), clock_dice_(seed + 2), files_(directory, seed + 1) {
        options_.path = directory + "/journal";
        options_.when_full = dice_.one_in(2) ? WhenFull::refuse : WhenFull::drop_oldest;
        options_.bytes_max = dice_.one_in(3) ? dice_.between(2000, 8000) : 1 << 20;
        if (dice_.one_in(3)) options_.retain = std::chrono::seconds(dice_.between(1, 20));
        for (std::size_t sink = 0; sink < dice_.below(3); ++sink)
            cursors_[fmt::format("sink{}", sink)] = 0;
    }

    // The promise that was broken, or nothing.
    const std::string& run() {
        open();
        const std::size_t steps = dice_.between(6, 20);
        for (std::size_t step = 0; step < steps && oracle_.complaint().empty(); ++step) {
            take_step();
            if (oracle_.complaint().empty()) watch();
            if (oracle_.complaint().empty() && files_.is_dead()) stop_at_once("it died");
        }
        if (oracle_.complaint().empty()) stop_at_once("the end");
        return oracle_.complaint();
    }
    const std::string& steps() const { return steps_; }

  private:
    template <class... Args>
    void note(fmt::format_string<Args...> text, Args&&... args) {
        fmt::format_to(std::back_inserter(steps_), text, std::forward<Args>(args)...);
        steps_ += '\n';
    }

    void take_step() {
        clock_.advance(std::chrono::seconds(dice_.below(3)));
        if (clock_dice_.one_in(10)) {
            const auto hours = std::chrono::hours(clock_dice_.below(2000));
            clock_.jump(clock_dice_.one_in(2) ? hours : -hours);
        }
        const std::size_t throw_of = dice_.below(100);
        if (throw_of < 30) return append();
        if (throw_of < 42) return append_blocks();
        if (throw_of < 52) return sync();
        if (throw_of < 60) return maintain();
        if (throw_of < 70) return follow();
        if (throw_of < 77) return commit();
        if (throw_of < 81) return files_.write_back();
        if (throw_of < 84) return flip();
        if (throw_of < 87) return fail_calls();
        if (throw_of < 89) return sync_in_vain();
        if (throw_of < 91) return die_soon();
        if (throw_of < 92) return number_above();
        if (throw_of < 94) return close();
        stop_at_once("kill");
    }

    std::vector<std::string> make_lines(std::size_t count) {
        std::vector<std::string> lines(count);
        for (std::string& line : lines) {
            line = fmt::format("{}.", ++lines_made_);
            line.append(dice_.one_in(8) ? dice_.below(1500) : dice_.below(60), 'x');
        }
        return lines;
    }

    static std::string joined(const std::vector<std::string>& lines) {
        std::string bytes;
        for (const std::string& line : lines)
            bytes += line + "\n";
        return bytes;
    }

    void append() {
        const auto lines = make_lines(dice_.one_in(3) ? dice_.between(2, 12) : 1);
        const std::uint64_t expected = journal_->status().last + 1;
        judge_append(expected, journal_->append(joined(lines), lines.size()), lines);
    }

    // The fingerprint of a message id is the number of its line, by the order of their making.
    void append_blocks() {
        const std::size_t count = dice_.between(1, 5);
        std::vector<std::string> lines, bytes(count);
        std::vector<std::vector<std::uint64_t>> ids(count);
        std::vector<LineBlock> blocks;
        for (std::size_t at = 0; at < count; ++at) {
            const std::uint64_t first = lines_made_ + 1;
            const auto some = make_lines(dice_.one_in(3) ? dice_.between(2, 12) : 1);
            lines.insert(lines.end(), some.begin(), some.end());
            bytes[at] = joined(some);
            for (std::uint64_t id = first; id <= lines_made_ && dice_.one_in(2); ++id)
                ids[at].push_back(id);
            blocks.push_back({bytes[at], some.size(), ids[at]});
        }
        const std::uint64_t expected = journal_->status().last + 1;
        note("append {} blocks", count);
        const auto range = journal_->append(blocks);
        judge_append(expected, range, lines);
        if (!range) return;
        const std::uint64_t first_id = lines_made_ + 1 - lines.size();
        ids_.erase(ids_.lower_bound(range->first), ids_.end());
        for (const auto& some : ids) {
            for (const std::uint64_t id : some)
                ids_[range->first + id - first_id] = id;
        }
    }

    void judge_append(std::uint64_t expected, const Result<SequenceRange>& range,
                      const std::vector<std::string>& lines) {
        note("append {} lines: {}", lines.size(),
             range ? std::to_string(range->first) : range.error().message);
        if (range) {
            if (range->last - range->first + 1 != lines.size()) oracle_.complain("wrong receipt");
            oracle_.appended(range->first, lines);
        } else if (files_.is_dead()) {
            oracle_.died_appending(expected, lines);
        }
    }

    void sync() {
        const auto synced = journal_->sync();
        note("sync: {}", synced ? "done" : synced.error().message);
        if (synced && !journal_->needs_sync() && options_.sync.when != SyncPolicy::When::never &&
            journal_->status().synced != journal_->status().last) {
            oracle_.complain("sync has left something out");
        }
    }

    // The first call that fails poisons a segment, the second one may keep it from being rescued.
    void sync_in_vain() {
        const int second = static_cast<int>(dice_.between(2, 16));
        note("the 1st and the {}th call fail", second);
        files_.fail({1, second}, EIO);
        sync();
    }

    void maintain() {
        note("maintain");
        journal_->maintain();
    }

    void commit() {
        if (cursors_.empty()) return;
        auto sink = cursors_.begin();
        std::advance(sink, dice_.below(cursors_.size()));
        const std::uint64_t last = journal_->status().last;
        if (sink->second >= last) return;
        // Mostly from what is there, and not from a gap of a million numbers.
        sink->second = std::max(sink->second, last - std::min<std::uint64_t>(last, dice_.below(8)));
        Record record;
        record.add("sequence", sink->second);
        const auto saved = journal_->cursors().save(sink->first, record, dice_.one_in(2));
        note("{} at {}: {}", sink->first, sink->second, saved ? "saved" : saved.error().message);
        journal_->cursors().hold(sink->first, sink->second);
    }

    // Another part holds a position above, as after a restore from a backup.
    void number_above() {
        const std::uint64_t above = journal_->status().last + dice_.below(5);
        const auto numbered = journal_->number_above(above);
        note("number above {}: {}", above, numbered ? "done" : numbered.error().message);
        if (numbered && journal_->status().last < above) oracle_.complain("numbered below");
    }

    void flip() {
        const JournalStatus status = journal_->status();
        if (status.segments == 0) return;
        const auto segment = journal_->snapshot().segments.holding(
            status.first + dice_.below(status.last + 1 - status.first + 1));
        if (segment) flip(*segment);
    }

    // The oracle learns which frame the bit belongs to before it goes wrong. Heads of frames are
    // hit more often than their share.
    void flip(const Segment& segment) {
        files_.fail_nothing();
        const std::string path = segment_path(options_.path, segment.number);
        const auto file = files_.open(path, OpenMode::read, 0);
        if (!file) return;
        const std::uint64_t size = (*file)->status()->size;
        std::map<std::uint64_t, FrameHeader> frames;  // by their offsets
        const auto walked = walk_frames(
            **file, segment.number, size,
            [&](const Frame& frame) { frames[frame.offset] = frame.header; }, ignore_damage);
        if (!walked) return;
        if (size == 0 || frames.empty()) return;
        std::uint64_t at = dice_.below(size);
        if (dice_.one_in(2)) at = frames.rbegin()->first + dice_.below(kFrameHeaderBytes);
        files_.flip_bit(path, at);
        note("flip a bit of segment {} at {}", segment.number, at);
        auto frame = frames.upper_bound(at);
        if (frame == frames.begin()) return;
        const FrameHeader& header = (--frame)->second;
        if (at < frame->first + header.frame_bytes()) {
            oracle_.flipped(header.first_sequence, header.end_sequence());
        }
    }

    void fail_calls() {
        constexpr int kCodes[] = {EIO, ENOSPC, EDQUOT, EFBIG, EINTR, 0};
        const int code = kCodes[dice_.below(6)];
        const int nth = static_cast<int>(dice_.between(1, 20));
        const int times = static_cast<int>(dice_.one_in(3) ? dice_.between(2, 6) : 1);
        note("the {}th call fails {} times with {}", nth, times, code);
        std::set<int> calls;
        for (int call = nth; call < nth + times; ++call)
            calls.insert(call);
        files_.fail(std::move(calls), code);
    }

    void die_soon() {
        const int nth = static_cast<int>(dice_.between(1, 15));
        note("die in the {}th call that changes something", nth);
        files_.die_in(nth);
    }

    // A reader goes on, or a new one begins.
    void follow() {
        if (followers_.size() < 2 && dice_.one_in(2)) {
            const std::uint64_t next = 1 + dice_.below(journal_->status().last + 2);
            followers_.push_back({TailReader(*journal_, next), next});
        }
        if (followers_.empty()) return;
        Follower& follower = followers_[dice_.below(followers_.size())];
        note("read from {}", follower.next);
        const std::size_t chunks = dice_.between(1, 10);
        for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
            const auto read = follower.reader.next(dice_.between(1, 3000));
            if (!read || read->empty()) return;
            judge(*read, follower.next, nullptr);
        }
    }

    // What a reader was given at NEXT; the numbers go into FOUND as well, if there is one.
    void judge(const TailReader::Chunk& chunk, std::uint64_t& next,
               std::set<std::uint64_t>* found) {
        if (chunk.gap) {
            if (chunk.gap->begin != next || chunk.gap->end <= next) oracle_.complain("wrong gap");
            if (found == nullptr) oracle_.missed(chunk.gap->begin, chunk.gap->end);
            if (chunk.gap->why == Gap::Why::shed && chunk.gap->end > lower_end()) {
                oracle_.complain("a gap is told as shed and was not");
            }
            next = chunk.gap->end;
        }
        for (const LineRun& run : chunk.runs) {
            if (run.first_sequence != next) oracle_.complain(fmt::format("{} is skipped", next));
            std::string_view lines = run.lines;
            for (; next < run.end_sequence(); ++next) {
                const std::size_t end = std::min(lines.find('\n'), lines.size() - 1);
                oracle_.read(next, lines.substr(0, end));
                if (found != nullptr) found->insert(next);
                lines.remove_prefix(end + 1);
            }
            if (!lines.empty()) oracle_.complain("more lines than numbers");
        }
    }

    std::uint64_t lower_end() const { return journal_->place(0, 0).lower_end; }

    // What must be so after every step.
    void watch() {
        const JournalStatus status = journal_->status();
        if (const std::uint64_t lower = lower_end(); lower > lower_end_) {
            const auto lowest = journal_->cursors().lowest();
            if (options_.when_full == WhenFull::refuse && lowest && *lowest + 1 < lower) {
                oracle_.complain("removed what a sink had not had");
            }
            note("given up below {}", lower);
            oracle_.given_up(lower_end_ = lower);
        }
        oracle_.synced(status.synced);
    }

    void close() {
        const auto closed = journal_->close();
        note("close: {}", closed ? "done" : closed.error().message);
        if (closed) watch();
        stop_at_once("closed");
    }

    // The journal goes without a word, the machine with it sometimes; then the next start.
    void stop_at_once(std::string_view why) {
        note("{}; synced to {}", why, journal_->status().synced);
        followers_.clear();
        journal_.reset();
        files_.revive();
        look_for_poison();
        cut_power_sometimes();
        open();
    }

    // The promise has this hole: an end right between a failed sync and writing that down.
    void look_for_poison() {
        if (probe_.poisoned.empty()) return;
        const auto state = load_state(files_, options_.path);
        for (const std::uint64_t number : probe_.poisoned) {
            if (!state || std::ranges::find(state->poisoned, number) == state->poisoned.end()) {
                note("nobody will know that the sync of segment {} failed", number);
                oracle_.doubt_unsynced();
            }
        }
        probe_.poisoned.clear();
    }

    void cut_power_sometimes() {
        if (!dice_.one_in(2)) return;
        note("power cut");
        files_.power_cut();
        oracle_.power_cut();
        boot_id_ += "'";
    }

    void open() {
        constexpr SyncPolicy::When kPolicies[] = {SyncPolicy::When::never, SyncPolicy::When::every,
                                                  SyncPolicy::When::always};
        options_.sync.when = kPolicies[dice_.below(3)];
        options_.segment_bytes = dice_.between(200, 3000);
        while (true) {
            const bool disturbed = disturb_the_start();
            auto opened = Journal::open(options_, files_, clock_, probe_, boot_id_);
            note("open under policy {}: {}", static_cast<int>(options_.sync.when),
                 opened ? "done" : opened.error().message);
            const bool is_well = opened && !files_.is_dead();
            if (!is_well && !disturbed) oracle_.complain("it refuses to start");
            files_.revive();
            if (is_well) journal_ = std::move(*opened);
            if (is_well || !oracle_.complaint().empty()) break;
            opened = failure("given up");
            look_for_poison();
            cut_power_sometimes();
        }
        if (oracle_.complaint().empty()) take_stock();
    }

    bool disturb_the_start() {
        if (!dice_.one_in(5)) return false;
        if (dice_.one_in(2)) {
            die_soon();
        } else {
            fail_calls();
        }
        return true;
    }

    // Every sink takes its place, and everything is read once.
    void take_stock() {
        for (auto& [sink, cursor] : cursors_) {
            const auto record = journal_->cursors().load(sink);
            const JournalStatus status = journal_->status();
            cursor = record ? std::min(*record->number("sequence"), status.last) : status.first - 1;
            journal_->cursors().hold(sink, cursor);
        }
        oracle_.given_up(lower_end_ = std::max(lower_end_, lower_end()));
        std::set<std::uint64_t> found;
        TailReader reader(*journal_, 1);
        std::uint64_t next = 1;
        for (int chunks = 0;; ++chunks) {
            const auto chunk = reader.next(1 << 20);
            if (!chunk) return oracle_.complain(chunk.error().message);
            if (chunk->empty()) break;
            if (chunks > 1000) return oracle_.complain("a reader never ends");
            judge(*chunk, next, &found);
        }
        if (next != journal_->status().last + 1) oracle_.complain("a reader ends early");
        for (const std::uint64_t number : found) {
            if (journal_->was_left_out(number)) oracle_.complain("left out, and there");
        }
        judge_ids(found);
        oracle_.settle(found);
        oracle_.synced(journal_->status().synced);
    }

    // An event that was not given up and its id are there or not, both.
    void judge_ids(const std::set<std::uint64_t>& found) {
        MessageIdReader reader(*journal_);
        std::set<std::uint64_t> ids;
        while (true) {
            const auto frame = reader.next();
            if (!frame) return oracle_.complain(frame.error().message);
            if (!*frame) break;
            ids.insert((*frame)->ids.begin(), (*frame)->ids.end());
        }
        for (const auto& [number, id] : ids_) {
            if (number >= lower_end_ && found.contains(number) != ids.contains(id)) {
                oracle_.complain(fmt::format("{} is there, or its id, alone", number));
            }
        }
    }

    Dice dice_;
    Dice clock_dice_;  // of its own: a kept seed keeps its steps
    SimulatedFileSystem files_;
    test::ManualClock clock_;
    PoisonNotes probe_;
    JournalOptions options_;
    std::string boot_id_ = "boot";
    std::unique_ptr<Journal> journal_;
    std::vector<Follower> followers_;
    std::map<std::string, std::uint64_t> cursors_;
    std::uint64_t lower_end_ = 1;
    std::uint64_t lines_made_ = 0;
    std::map<std::uint64_t, std::uint64_t> ids_;  // by the numbers of their events
    test::JournalOracle oracle_;
    std::string steps_;
};

std::optional<std::uint64_t> from_environment(const char* name) {
    const char* text = std::getenv(name);
    if (text == nullptr) return std::nullopt;
    return std::strtoull(text, nullptr, 10);
}

TEST(JournalModel, KeepsItsPromisesWhateverHappens) {
    // The one real file is the lock.
    const test::TemporaryDirectory directory(test::kInMemory);
    std::filesystem::create_directory(directory / "journal");
    const auto live = [&](std::uint64_t seed) {
        Life life(seed, directory.path());
        const std::string broken = life.run();
        EXPECT_EQ(broken, "") << "EVENTFWD_MODEL_SEED=" << seed << "\n" << life.steps();
        return broken.empty();
    };
    const auto first = from_environment("EVENTFWD_MODEL_SEED");
    const auto many = from_environment("EVENTFWD_MODEL_SEQUENCES").value_or(first ? 1 : 10'000);
    if (!first) {
        for (const std::uint64_t seed : kKeptSeeds)
            live(seed);
    }
    int failures = 0;
    for (std::uint64_t at = 0; at < many && failures < 3; ++at)
        failures += live(first.value_or(1) + at) ? 0 : 1;
}

}  // namespace
}  // namespace eventfwd

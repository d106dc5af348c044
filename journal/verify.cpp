#include "journal/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "journal/append_end.h"
#include "journal/cursor_store.h"
#include "journal/journal_state.h"
#include "journal/segment_catalog.h"

namespace eventfwd {
namespace {

class Verifier {
  public:
    Verifier(FileSystem& files, const std::string& directory, const VerifyProgress& progress,
             const VerifyFrame& frame)
        : files_(files), directory_(directory), progress_(progress), frame_(frame) {}

    Result<VerifyReport> run() {
        // Before the segments: what is claimed now must be in them. A running daemon only adds.
        if (auto state = load_state(files_, directory_)) state_at_first_ = std::move(*state);
        read_cursors();
        find_missing_cursors();
        read_last_stop();
        const auto catalog = SegmentCatalog::load(files_, directory_);
        if (!catalog) return std::unexpected(catalog.error());
        total_ = catalog->bytes();
        for (const Segment& segment : catalog->all())
            verify(segment, segment.number == catalog->all().back().number);
        // After them: a running daemon says there what it removes before it does.
        if (auto read = read_state(catalog->empty()); !read) return std::unexpected(read.error());
        explain_missing_numbers();
        judge_the_end();
        std::ranges::stable_sort(report_.findings, {}, &Finding::file);
        return std::move(report_);
    }

  private:
    void find(std::string file, std::uint64_t begin, std::uint64_t end, std::string what,
              std::optional<SequenceRange> numbers = std::nullopt) {
        report_.findings.push_back({std::move(file), begin, end, numbers, std::move(what)});
    }

    void read_cursors() {
        const auto names = files_.list(directory_ + "/cursors");
        if (!names) return;  // no sink has ever been there
        // Without a state it is not known whose they are.
        const std::string id = state_at_first_.ceiling > 1 ? to_text(state_at_first_.id) : "";
        const CursorStore cursors(files_, directory_, id);
        for (const std::string& name : *names) {
            if (name.ends_with(".new")) continue;
            const auto cursor = cursors.load(name);
            if (!cursor) {
                find("cursors/" + name, 0, 0, cursor.error().message);
            } else if (const auto claimed = *cursor->number("sequence"); claimed >= known_end_) {
                known_end_ = claimed + 1;
                knows_end_ = fmt::format("sink {} has had them", name);
            }
        }
    }

    void find_missing_cursors() {
        for (const std::string& sink : state_at_first_.known_sinks) {
            if (files_.status(directory_ + "/cursors/" + sink)) continue;
            find("cursors/" + sink, 0, 0, "missing: the sink will begin at the oldest event");
        }
    }

    void read_last_stop() {
        if (!state_at_first_.is_closed || state_at_first_.ceiling <= known_end_) return;
        known_end_ = state_at_first_.ceiling;
        knows_end_ = "the last orderly stop knew of them";
    }

    Result<> read_state(bool has_no_segment) {
        auto state = load_state(files_, directory_);
        if (state) {
            state_ = std::move(*state);
            has_state_ = true;
        } else if (has_no_segment && state.error().code == ENOENT) {
            return failure(fmt::format("verify {}: there is no journal", directory_), ENOENT);
        } else {
            find("state", 0, 0, state.error().message);
        }
        return {};
    }

    void verify(const Segment& segment, bool is_last) {
        const std::string name = segment_file_name(segment.number);
        const auto file = files_.open(segment_path(directory_, segment.number), OpenMode::read);
        if (!file) {
            // Removed by the running daemon since we listed it; the state will say so.
            if (file.error().code != ENOENT) find(name, 0, segment.bytes, file.error().message);
            return;
        }
        ++report_.segments;
        name_ = name;
        last_bytes_ = segment.bytes;
        verify_header(**file, segment, is_last);
        if (const auto read = verify_frames(**file, segment, is_last); !read)
            find(name, 0, segment.bytes, read.error().message);
        done_ += segment.bytes;
        report_.bytes += segment.bytes;
    }

    void verify_header(const File& file, const Segment& segment, bool is_last) {
        std::array<char, kSegmentHeaderBytes> head{};
        const auto read = read_all_at(file, 0, head);
        if (!read) return;  // the frames will say so
        if (is_last && *read < head.size()) {
            report_.unfinished_bytes += *read;
            return;
        }
        const auto header = decode_segment_header({head.data(), *read});
        if (!header) return find(name_, 0, *read, "the header is damaged");
        if (header->segment_number != segment.number) {
            find(name_, 0, *read,
                 fmt::format("the header is that of segment {}", header->segment_number));
        }
        journal_ids_.emplace_back(name_, header->journal_id);
        expect(header->first_sequence, 0);
    }

    Result<> verify_frames(const File& file, const Segment& segment, bool is_last) {
        std::uint64_t limit = segment.bytes;
        if (is_last) {  // an append may be under way, or have been at a crash
            const auto whole = end_of_appends(file, segment.number, limit, state_at_first_);
            if (!whole) return std::unexpected(whole.error());
            limit = std::min(limit, *whole);
            report_.unfinished_bytes += segment.bytes - limit;
        }
        const auto end = walk_frames(
            file, segment.number, limit,
            [&](const Frame& frame) {
                take(frame);
                report_progress(done_ + frame.end_offset());
            },
            [&](std::uint64_t begin, std::uint64_t damage_end) { note_damage(begin, damage_end); });
        if (!end) return std::unexpected(end.error());
        if (end->why == FrameWalkEnd::Why::torn && is_last) {
            find(name_, end->offset, segment.bytes,
                 "an unfinished frame, though the last stop was orderly");
            report_.unfinished_bytes += segment.bytes - end->offset;
        } else if (end->why != FrameWalkEnd::Why::whole) {
            note_damage(end->offset, segment.bytes);
        }
        return {};
    }

    void take(const Frame& frame) {
        expect(frame.header.first_sequence, frame.offset);
        const auto lines = std::ranges::count(frame.lines, '\n');
        const bool is_whole =
            static_cast<std::uint64_t>(lines) == frame.header.count && frame.lines.ends_with('\n');
        if (!is_whole) {
            find(name_, frame.offset, frame.end_offset(),
                 fmt::format("a frame of {} lines says that it has {}", lines, frame.header.count),
                 SequenceRange{frame.header.first_sequence, frame.header.end_sequence() - 1});
        }
        if (frame_) frame_(name_, frame);
        ++report_.frames;
        report_.events += frame.header.count;
        expected_ = std::max(expected_, frame.header.end_sequence());
        if (!report_.numbers) report_.numbers = {frame.header.first_sequence, 0};
        report_.numbers->last = expected_ - 1;
    }

    // What is damaged has numbers that only the next good frame shows.
    void note_damage(std::uint64_t begin, std::uint64_t end) {
        find(name_, begin, end, "no frame, but bytes that are damaged");
        damage_ = report_.findings.size() - 1;
    }

    // The next number must be FIRST, at byte OFFSET of the segment at hand.
    void expect(std::uint64_t first, std::uint64_t offset) {
        if (expected_ == 0) {
            missing_.push_back({name_, offset, offset, SequenceRange{1, first - 1}, ""});
        } else if (first < expected_) {
            find(name_, offset, offset, "duplicate sequence numbers",
                 SequenceRange{first, expected_ - 1});
        } else if (first > expected_ && damage_) {
            report_.findings[*damage_].numbers = {expected_, first - 1};
        } else if (first > expected_) {
            missing_.push_back({name_, offset, offset, SequenceRange{expected_, first - 1}, ""});
        }
        expected_ = std::max(expected_, first);
        damage_.reset();
    }

    // Numbers can be missing because they were removed, or because a start left them out.
    void explain_missing_numbers() {
        if (!has_state_) return;
        for (Finding& gap : missing_) {
            SequenceRange& numbers = *gap.numbers;
            numbers.first = std::max(numbers.first, state_.lower_end);
            if (numbers.first > numbers.last) continue;
            if (state_.left_out.contains(numbers)) {
                report_.left_out.push_back(numbers);
                continue;
            }
            gap.what = "numbers are missing before this place";
            report_.findings.push_back(gap);
        }
        for (const auto& [name, id] : journal_ids_) {
            if (id != state_.id) {
                find(name, 0, kSegmentHeaderBytes,
                     fmt::format("a segment of another journal ({})", to_text(id)));
            }
        }
    }

    // Numbers that were there and are not there any more leave no mark behind the last frame.
    void judge_the_end() {
        const std::uint64_t next = std::max(expected_, state_.lower_end);
        report_.next_number = next;
        const std::uint64_t last = std::max(known_end_, next + 1) - 1;
        if (damage_) {
            report_.findings[*damage_].numbers = {next, last};
        } else if (known_end_ > next && !state_.left_out.contains(SequenceRange{next, last})) {
            find(name_.empty() ? "state" : name_, last_bytes_, last_bytes_,
                 "numbers are missing behind this place: " + knows_end_, SequenceRange{next, last});
        }
    }

    void report_progress(std::uint64_t done) {
        if (!progress_ || done < reported_ + (1 << 20)) return;
        reported_ = done;
        progress_(done, total_);
    }

    FileSystem& files_;
    const std::string& directory_;
    const VerifyProgress& progress_;
    const VerifyFrame& frame_;
    VerifyReport report_;
    JournalState state_;
    bool has_state_ = false;
    JournalState state_at_first_;  // before anything else was read; as new where it cannot be
    std::uint64_t known_end_ = 0;  // behind the last number that is known of
    std::string knows_end_;
    std::vector<std::pair<std::string, JournalId>> journal_ids_;

    std::uint64_t last_bytes_ = 0;       // of the segment at hand
    std::string name_;                   // of the segment at hand
    std::uint64_t expected_ = 0;         // the next number; 0: not known yet
    std::optional<std::size_t> damage_;  // the finding whose numbers the next frame will show
    std::vector<Finding> missing_;       // numbers, with or without a reason
    std::uint64_t total_ = 0;            // bytes of all segments
    std::uint64_t done_ = 0;
    std::uint64_t reported_ = 0;
};

}  // namespace

Result<VerifyReport> verify_journal(FileSystem& files, const std::string& directory,
                                    const VerifyProgress& progress, const VerifyFrame& frame) {
    return Verifier(files, directory, progress, frame).run();
}

}  // namespace eventfwd

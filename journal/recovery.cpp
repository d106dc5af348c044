#include "journal/recovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "journal/cursor_store.h"
#include "journal/frame_scanner.h"

namespace eventfwd {
namespace {

// Copies [BEGIN, END) of FILE into the directory "quarantine": damaged bytes are never deleted.
Result<std::string> quarantine(FileSystem& files, const std::string& directory, const File& file,
                               std::uint64_t number, std::uint64_t begin, std::uint64_t end) {
    const std::string folder = directory + "/quarantine";
    if (auto made = files.make_directories(folder); !made) return std::unexpected(made.error());
    const std::string path = fmt::format("{}/{:06}-{}-{}", folder, number, begin, end);
    const auto copy = files.open(path, OpenMode::replace);
    if (!copy) return std::unexpected(copy.error());
    std::vector<char> bytes(1 << 20);
    for (std::uint64_t at = begin; at < end;) {
        const std::size_t wanted = std::min<std::uint64_t>(end - at, bytes.size());
        const auto read = read_all_at(file, at, {bytes.data(), wanted});
        if (!read) return std::unexpected(read.error());
        if (*read == 0) break;
        iovec part{bytes.data(), *read};
        if (auto written = write_all_at(**copy, at - begin, {&part, 1}); !written) {
            return std::unexpected(written.error());
        }
        at += *read;
    }
    return path;
}

// What the last segment turned out to hold.
struct Tail {
    std::uint64_t end_offset = kSegmentHeaderBytes;
    std::uint64_t end_sequence = 0;  // 0: no frame at all
    bool is_garbage = false;         // whole bytes at the end that are no frame
};

class LastSegment {
  public:
    // IS_CLOSED: the last stop was orderly, so that nothing can be unfinished but by damage.
    LastSegment(FileSystem& files, const std::string& directory, const Segment& segment,
                bool is_closed, JournalProbe& probe)
        : files_(files),
          directory_(directory),
          segment_(segment),
          is_closed_(is_closed),
          path_(segment_path(directory, segment.number)),
          probe_(probe) {}

    Result<Tail> scan_and_cut() {
        auto file = files_.open(path_, OpenMode::write);
        if (!file) return std::unexpected(file.error());
        file_ = std::move(*file);
        FrameScanner scanner(*file_, segment_.number, kSegmentHeaderBytes);
        Tail tail;
        while (true) {
            const auto found = scanner.next(segment_.bytes);
            if (!found) return std::unexpected(found.error());
            switch (*found) {
                case FrameScanner::Found::frame:
                    tail.end_offset = scanner.offset();
                    tail.end_sequence = scanner.frame().header.end_sequence();
                    break;
                case FrameScanner::Found::damage:
                    keep_damage(scanner.damage_begin(), scanner.offset());
                    break;
                case FrameScanner::Found::end:
                    return tail;
                case FrameScanner::Found::torn:
                    if (!is_closed_) {
                        probe_.torn_tail_cut(path_, segment_.bytes - tail.end_offset);
                        return cut(tail);
                    }
                    [[fallthrough]];
                case FrameScanner::Found::garbage:
                    keep_damage(scanner.offset(), segment_.bytes);
                    tail.is_garbage = true;
                    return cut(tail);
            }
        }
    }

  private:
    void keep_damage(std::uint64_t begin, std::uint64_t end) {
        const auto saved = quarantine(files_, directory_, *file_, segment_.number, begin, end);
        probe_.damage_found(path_, begin, end, saved.value_or(""));
    }

    Result<Tail> cut(const Tail& tail) {
        if (auto done = file_->truncate(tail.end_offset); !done)
            return std::unexpected(done.error());
        return tail;
    }

    FileSystem& files_;
    const std::string& directory_;
    const Segment& segment_;
    const bool is_closed_;
    std::string path_;
    JournalProbe& probe_;
    std::unique_ptr<File> file_;
};

// Drops segments from the end that hold no frame at all: one that was begun and never used, or the
// first bytes of one that a crash cut short. Gives the number at which one of them was begun: all
// below it may have been delivered and removed since.
Result<std::uint64_t> drop_empty_tail(FileSystem& files, const std::string& directory,
                                      SegmentCatalog& catalog) {
    std::uint64_t begun_at = 1;
    while (!catalog.empty() && catalog.last().bytes <= kSegmentHeaderBytes) {
        const std::string path = segment_path(directory, catalog.last().number);
        if (auto removed = files.unlink(path); !removed) return std::unexpected(removed.error());
        begun_at = std::max(begun_at, catalog.last().first_sequence);
        catalog.drop_last();
    }
    return begun_at;
}

// The highest number that a cursor claims to be done with.
std::uint64_t highest_cursor(FileSystem& files, const std::string& directory) {
    std::uint64_t highest = 0;
    const auto names = files.list(directory + "/cursors").value_or(std::vector<std::string>{});
    for (const std::string& name : names) {
        const auto record = CursorStore(files, directory).load(name);
        if (record) highest = std::max(highest, record->number("sequence").value_or(0));
    }
    return highest;
}

// Numbering goes on here after JOURNALED_END: what an earlier start left out stays out, also where
// nothing has been appended since that would show it.
std::uint64_t end_of_skipped(const JournalState& state, std::uint64_t journaled_end) {
    return state.skipped.empty() ? journaled_end
                                 : std::max(journaled_end, state.skipped.back().last + 1);
}

// Writes down that [BEGIN, END) is left out, so that nobody takes it for damage.
void remember_skipped(JournalState& state, std::uint64_t begin, std::uint64_t end) {
    std::erase_if(state.skipped, [&](const SequenceRange& range) {
        return range.first >= begin || range.last < state.lower_end;
    });
    if (end > begin) state.skipped.push_back({begin, end - 1});
}

}  // namespace

Result<Recovered> recover(FileSystem& files, const std::string& directory,
                          const std::string& boot_id, JournalProbe& probe) {
    Recovered recovered;
    auto state = load_state(files, directory);
    if (!state && state.error().code != ENOENT && state.error().code != EBADMSG) {
        return std::unexpected(state.error());
    }
    auto catalog = SegmentCatalog::load(files, directory);
    if (!catalog) return std::unexpected(catalog.error());
    recovered.catalog = std::move(*catalog);
    const auto begun_at = drop_empty_tail(files, directory, recovered.catalog);
    if (!begun_at) return std::unexpected(begun_at.error());

    std::uint64_t journaled_end = *begun_at;  // behind the last number that a frame shows
    bool may_have_lost_numbers = false;
    if (!recovered.catalog.empty()) {
        Segment& last = recovered.catalog.last();
        const bool is_closed = state && state->is_closed;
        const auto tail = LastSegment(files, directory, last, is_closed, probe).scan_and_cut();
        if (!tail) return std::unexpected(tail.error());
        last.bytes = tail->end_offset;
        if (last.first_sequence == 0)
            last.first_sequence = std::max<std::uint64_t>(1, tail->end_sequence);
        journaled_end = std::max({journaled_end, tail->end_sequence, last.first_sequence});
        may_have_lost_numbers = tail->is_garbage;
    }

    if (state) {
        recovered.state = std::move(*state);
        const std::uint64_t known_end = end_of_skipped(recovered.state, journaled_end);
        // Numbers above the last frame were issued if the kernel may have lost pages, if an orderly
        // stop counted them, or if a sink has had them: then the tail is gone.
        may_have_lost_numbers |= recovered.state.boot_id != boot_id || recovered.state.is_closed ||
                                 highest_cursor(files, directory) >= known_end;
    } else {
        recovered.state.id = make_journal_id();
        // An unknown ceiling is at most two blocks above what was issued; the tail may be gone too.
        recovered.state.ceiling = journaled_end + 3 * kReservationBlock;
        may_have_lost_numbers = !recovered.catalog.empty();
        if (may_have_lost_numbers || state.error().code == EBADMSG) {
            recovered.state.lower_end =
                recovered.catalog.empty() ? 1 : recovered.catalog.first().first_sequence;
            probe.state_rebuilt(state.error().message);
        }
    }
    recovered.next_sequence = end_of_skipped(recovered.state, journaled_end);
    if (may_have_lost_numbers && recovered.state.ceiling > recovered.next_sequence) {
        recovered.next_sequence = recovered.state.ceiling;
        probe.numbers_lost(journaled_end, recovered.next_sequence);
    }
    remember_skipped(recovered.state, journaled_end, recovered.next_sequence);
    recovered.next_sequence = std::max(recovered.next_sequence, recovered.state.lower_end);
    recovered.state.boot_id = boot_id;
    recovered.state.is_closed = false;
    return recovered;
}

}  // namespace eventfwd

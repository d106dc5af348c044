#include "journal/recovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "journal/append_end.h"
#include "journal/cursor_store.h"
#include "journal/quarantine.h"
#include "journal/segment_rescue.h"

namespace eventfwd {
namespace {

// What the end of the journal turned out to hold.
struct Tail {
    std::uint64_t end_offset = kSegmentHeaderBytes;  // behind the last frame that is kept
    std::uint64_t end_sequence = 0;   // every number that may have been issued is below; 0: none
    std::uint64_t kept_sequence = 0;  // behind the last number that is kept; 0: none
    bool is_garbage = false;          // whole bytes at the end that are no frame
};

class LastSegment {
  public:
    // STATE is that of the journal, as far as it is known. HAS_FOLLOWERS: other segments were begun
    // behind SEGMENT, when all appends to it were finished.
    LastSegment(FileSystem& files, const std::string& directory, const Segment& segment,
                bool has_followers, const JournalState& state, JournalProbe& probe)
        : files_(files),
          directory_(directory),
          segment_(segment),
          has_followers_(has_followers),
          state_(state),
          path_(segment_path(directory, segment.number)),
          probe_(probe) {}

    Result<Tail> scan() {
        auto file = files_.open(path_, OpenMode::read);
        if (!file) return std::unexpected(file.error());
        file_ = std::move(*file);
        AppendEnd appends;
        const auto end = walk_frames(
            *file_, segment_.number, segment_.bytes,
            [&](const Frame& frame) { appends.take(frame); },
            [&](std::uint64_t begin, std::uint64_t damage_end) { keep_damage(begin, damage_end); });
        if (!end) return std::unexpected(end.error());
        return judge(*end, appends);
    }

  private:
    Tail judge(const FrameWalkEnd& end, const AppendEnd& appends) {
        const bool is_damaged = end.why == FrameWalkEnd::Why::garbage ||
                                (end.why == FrameWalkEnd::Why::torn && state_.is_closed);
        const AppendEnd::Place& kept =
            has_followers_ ? appends.last() : appends.readable(end, state_);
        // No reader has seen any of an append that was not finished.
        const bool is_cut_open = appends.is_open() && kept.offset != appends.last().offset;
        if (is_damaged) {
            keep_damage(end.offset, segment_.bytes);
        } else if (kept.offset < segment_.bytes) {
            probe_.torn_tail_cut(path_, segment_.bytes - kept.offset);
        }
        return {kept.offset, is_cut_open ? appends.open_first() : appends.last().sequence,
                kept.sequence, is_damaged};
    }

    void keep_damage(std::uint64_t begin, std::uint64_t end) {
        const auto saved = quarantine(files_, directory_, *file_, segment_.number, begin, end);
        probe_.damage_found(path_, begin, end, saved.value_or(""));
    }

    FileSystem& files_;
    const std::string& directory_;
    const Segment& segment_;
    const bool has_followers_;
    const JournalState& state_;
    std::string path_;
    JournalProbe& probe_;
    std::unique_ptr<File> file_;
};

// Makes the catalog end in the last good frame. Segments behind it are unused: begun, and nothing
// that a crash or damage has left in them.
Result<Tail> find_tail(FileSystem& files, const std::string& directory, const JournalState& state,
                       Recovered& recovered, JournalProbe& probe) {
    Tail tail;
    while (!recovered.catalog.empty()) {
        Segment& last = recovered.catalog.last();
        const bool has_followers = !recovered.unused.empty();
        const auto scanned =
            LastSegment(files, directory, last, has_followers, state, probe).scan();
        if (!scanned) return scanned;
        tail.is_garbage |= scanned->is_garbage;
        tail.end_sequence =
            std::max({tail.end_sequence, scanned->end_sequence, last.first_sequence});
        if (scanned->kept_sequence != 0) {
            last.bytes = scanned->end_offset;
            tail.kept_sequence = scanned->kept_sequence;
            break;
        }
        recovered.unused.push_back(last.number);
        recovered.catalog.drop_last();
    }
    return tail;
}

// What was in memory only is gone with the last boot, and what there is now is on the disk.
void forget_poisoned(FileSystem& files, const std::string& directory, JournalState& state) {
    for (const std::uint64_t number : state.poisoned)
        remove_unfinished_rescue(files, directory, number);
    state.poisoned.clear();
}

// The highest number that a cursor of the journal ID claims to be done with.
std::uint64_t highest_cursor(FileSystem& files, const std::string& directory, const JournalId& id) {
    std::uint64_t highest = 0;
    const CursorStore cursors(files, directory, to_text(id));
    const auto names = files.list(directory + "/cursors").value_or(std::vector<std::string>{});
    for (const std::string& name : names) {
        const auto record = cursors.load(name);
        const std::uint64_t claimed = record ? record->number("sequence").value_or(0) : 0;
        if (claimed <= kSequenceMax) highest = std::max(highest, claimed);
    }
    return highest;
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
    const bool is_new = recovered.catalog.empty() && !state && state.error().code == ENOENT;
    const auto tail =
        find_tail(files, directory, state ? *state : JournalState{}, recovered, probe);
    if (!tail) return std::unexpected(tail.error());

    // Behind the last number that the segments show.
    std::uint64_t journaled_end = std::max<std::uint64_t>(1, tail->end_sequence);
    bool may_have_lost_numbers = tail->is_garbage;
    if (state) {
        recovered.state = std::move(*state);
        // Where the boot is not known, it is not known either what became of its pages.
        recovered.is_same_boot = !boot_id.empty() && recovered.state.boot_id == boot_id;
        if (!recovered.is_same_boot) forget_poisoned(files, directory, recovered.state);
        journaled_end = std::max(journaled_end, recovered.state.lower_end);
        // Numbers above the last frame were issued if the kernel may have lost pages, or if an
        // orderly stop counted them: then the tail is gone.
        may_have_lost_numbers |= !recovered.is_same_boot || recovered.state.is_closed;
    } else {
        const auto id = find_journal_id(files, directory, recovered.catalog);
        recovered.state.id = id ? *id : make_journal_id();
        // An unknown ceiling is at most two blocks above what was issued; the tail may be gone too.
        recovered.state.ceiling = journaled_end + 3 * kReservationBlock;
        may_have_lost_numbers = !is_new;
        if (!is_new) {
            recovered.state.lower_end =
                recovered.catalog.empty() ? 1 : recovered.catalog.first().first_sequence;
            probe.state_rebuilt(state.error().message);
        }
    }
    const std::uint64_t known_end = std::max(journaled_end, recovered.state.left_out.floor());
    const std::uint64_t claimed = highest_cursor(files, directory, recovered.state.id);
    may_have_lost_numbers |= !is_new && claimed >= known_end;  // or if a sink has them
    recovered.next_sequence =
        std::max(known_end, may_have_lost_numbers ? recovered.state.ceiling : known_end);
    // A journal that was taken back from a backup knows of no more than that.
    if (claimed >= recovered.next_sequence) {
        probe.numbering_raised(recovered.next_sequence - 1, claimed);
        recovered.next_sequence = claimed + 1;
    }
    if (recovered.next_sequence > known_end) {
        probe.numbers_lost(known_end, recovered.next_sequence);
    }
    // Whatever has shown more than the frames that are kept, such as the head of a segment without
    // any, is removed: the next start must hear of it.
    const std::uint64_t shown_end = std::max(tail->kept_sequence, recovered.state.lower_end);
    recovered.state.left_out.add(shown_end, recovered.next_sequence);
    recovered.state.boot_id = boot_id;
    recovered.state.is_closed = false;
    return recovered;
}

}  // namespace eventfwd

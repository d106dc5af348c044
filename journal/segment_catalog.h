// Which segments there are, in order: the map from sequence numbers to files.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/file_system.h"
#include "journal/format.h"

namespace eventfwd {

struct Segment {
    std::uint64_t number = 0;
    std::uint64_t first_sequence = 0;
    std::uint64_t bytes = 0;  // of the file, as far as it holds frames
    Instant created;
    std::uint32_t version = 0;  // 0: its header is damaged
    // When it was begun, by the steady clock; as well as that is known for one of an earlier life.
    SteadyInstant begun{};
    // Of what was appended in this life; of the last segment of an earlier one, any time.
    Instant earliest = Instant::max();
    Instant latest = Instant::min();
};

class SegmentCatalog {
  public:
    // Reads the directory and the head of each segment in it. Files that are no segment are left
    // alone. A segment without any good frame has first_sequence 0. ENOTSUP where a segment is of a
    // version that is not known: a newer eventfwd wrote it, and it is no damage.
    static Result<SegmentCatalog> load(FileSystem& files, const std::string& directory);

    bool empty() const { return segments_.empty(); }
    std::size_t size() const { return segments_.size(); }
    const std::deque<Segment>& all() const { return segments_; }
    Segment& last() { return segments_.back(); }
    const Segment& first() const { return segments_.front(); }
    std::uint64_t bytes() const;
    // About how many bytes events from SEQUENCE up to END take: whole segments as they are, and of
    // the one that SEQUENCE stands in its share by their number.
    std::uint64_t bytes_between(std::uint64_t sequence, std::uint64_t end) const;

    // Sets when each segment was begun, by the instants of all of them: an instant that is still to
    // come says nothing, and no segment was begun before one in front of it.
    void find_ages(const Clock& clock);
    // The first segment whose instant is still to come.
    std::optional<Segment> from_future(Instant now) const;

    void add(const Segment& segment) { segments_.push_back(segment); }
    void drop_first() { segments_.pop_front(); }
    void drop_last() { segments_.pop_back(); }

    // The segment that holds SEQUENCE, or would if it were not lost: the last one that begins at it
    // or below, else the first one. Nothing where there are none.
    std::optional<Segment> holding(std::uint64_t sequence) const;
    std::optional<Segment> after(std::uint64_t number) const;
    std::optional<Segment> numbered(std::uint64_t number) const;

  private:
    std::deque<Segment> segments_;  // by ascending number
};

std::string segment_path(const std::string& directory, std::uint64_t number);

// Which journal the segments of CATALOG are of; nothing where no head is left that says it.
std::optional<JournalId> find_journal_id(FileSystem& files, const std::string& directory,
                                         const SegmentCatalog& catalog);

}  // namespace eventfwd

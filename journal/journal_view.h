// What readers may ask of the journal: a view that changes nothing. Each question costs the
// journal's lock once, and all of its answer is of the same moment.
#pragma once

#include <memory>
#include <optional>

#include "core/file_system.h"
#include "journal/gap.h"
#include "journal/segment_catalog.h"

namespace eventfwd {

// Where a reader stands: what it needs to know for its next chunk.
struct ReadingPlace {
    std::uint64_t lower_end = 1;      // below it, events were removed on purpose
    std::uint64_t next_sequence = 1;  // the number of the next event to come
    // The reader's segment, as far as it may be read; nothing where it is gone.
    std::optional<Segment> segment;
    std::optional<Segment> after;  // the one behind it; nothing behind the last
};

struct JournalSnapshot {
    SegmentCatalog segments;          // each as far as it may be read
    std::uint64_t next_sequence = 1;  // the number of the next event to come
};

// Thread-safe.
class JournalView {
  public:
    // The place of a reader that wants SEQUENCE next and has segment NUMBER open; 0: none, and the
    // place is in the segment that holds SEQUENCE.
    virtual ReadingPlace place(std::uint64_t sequence, std::uint64_t number) const = 0;
    virtual JournalSnapshot snapshot() const = 0;
    // Why the numbers from BEGIN on are not there, and up to where that is the reason, at most END.
    virtual Gap explain_gap(std::uint64_t begin, std::uint64_t end) const = 0;
    virtual Result<std::unique_ptr<File>> open_segment(std::uint64_t number) const = 0;
    // A reader has met damage, [BEGIN, END) of segment NUMBER, which is FILE: it is copied aside
    // and reported, once.
    virtual void keep_damage(const File& file, std::uint64_t number, std::uint64_t begin,
                             std::uint64_t end) const = 0;

  protected:
    ~JournalView() = default;  // a journal is not owned by its view
};

}  // namespace eventfwd

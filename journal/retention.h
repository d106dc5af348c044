// Which segments may go: those that every sink has and that are older than retain, those that
// max_size pushes out, and the oldest one where the disk is full. They leave the catalog here; the
// journal's maintenance removes their files.
#pragma once

#include <string_view>
#include <vector>

#include "core/clock.h"
#include "journal/cursor_store.h"
#include "journal/journal_options.h"
#include "journal/journal_probe.h"
#include "journal/segment_catalog.h"

namespace eventfwd {

// Guarded by the journal's mutex, as CATALOG is. The last segment always stays.
class Retention {
  public:
    // CATALOG, CURSORS and PROBE outlive this.
    Retention(SegmentCatalog& catalog, const CursorStore& cursors, JournalProbe& probe)
        : catalog_(catalog), cursors_(cursors), probe_(probe) {}

    // Below it, events were removed on purpose.
    std::uint64_t lower_end() const { return lower_end_; }
    // What lies below LOWER_END was given up by an earlier life, and may still be there.
    void set_lower_end(std::uint64_t lower_end);

    void release_delivered(const JournalOptions& options, SteadyInstant now);
    // Makes BYTES more fit below bytes_max. False where what is in the way has to stay.
    bool make_room(const JournalOptions& options, std::uint64_t bytes);
    // Gives up one segment for a full disk, and the next one only when that is gone.
    void make_room_on_disk(const JournalOptions& options);

    // Segments that have left the catalog and whose files are still there.
    const std::vector<std::uint64_t>& leaving() const { return leaving_; }
    void forget(const std::vector<std::uint64_t>& removed);

  private:
    bool is_first_delivered() const;
    bool shed_first(const JournalOptions& options, std::string_view why);
    void release_first();

    SegmentCatalog& catalog_;
    const CursorStore& cursors_;
    JournalProbe& probe_;
    std::uint64_t lower_end_ = 1;
    std::vector<std::uint64_t> leaving_;
};

}  // namespace eventfwd

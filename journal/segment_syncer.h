// Brings segments to stable storage. One whose sync fails is poisoned: its failed pages may be
// gone, and a later sync of that file would prove nothing, in this life and in the next. What was
// in it is written once more, into another file (segment_rescue.h), before anything counts as
// synced again.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/failure_edge.h"
#include "core/file_system.h"
#include "journal/journal_probe.h"
#include "journal/segment_catalog.h"
#include "journal/segment_rescue.h"

namespace eventfwd {

// A segment's file, shared by the threads that append to it and the one that syncs it.
struct SegmentFile {
    std::uint64_t number = 0;
    std::shared_ptr<File> file;
};

// sync() belongs to one thread; the rest can be called from any.
class SegmentSyncer {
  public:
    struct Parts {
        FileSystem& files;
        const std::string& directory;
        JournalProbe& probe;
        // The segments that there are.
        std::function<std::vector<std::uint64_t>()> segments;
        // Sees to it that nothing is appended to a segment any more; what is in it then, or nothing
        // where it has been dropped.
        std::function<Result<std::optional<Segment>>(std::uint64_t)> finish;
        // Writes down which segments are poisoned, for a next life in the same boot. Best effort.
        std::function<void(std::vector<std::uint64_t>)> save_poisoned;
        // Keeps what a segment that is written once more has lost already.
        KeepDamage keep_damage;
    };
    // What PARTS refer to outlives the syncer.
    explicit SegmentSyncer(Parts parts) : parts_(std::move(parts)) {}

    // SEGMENT has just been begun, and appends go to it; its name may be new in the directory.
    void note_begun(const SegmentFile& segment);
    // Something has been appended to SEGMENT, the last one that was begun.
    void note_appended(const SegmentFile& segment);
    // The sync of SEGMENT failed in an earlier life.
    void note_poisoned(const SegmentFile& segment);
    // It is not known which segments have been synced: all are, the next time.
    void distrust_all();

    bool has_work() const;
    // Syncs all that was noted before. Fails while one of them is not on stable storage; all that
    // is left is tried again by the next call.
    Result<> sync();
    // Forgets what was noted: it need not be synced.
    void let_go();

  private:
    Result<> sync_noted();
    Result<> sync_all();
    void poison(const SegmentFile& segment, const Error& error);
    Result<> rescue_poisoned();
    Result<> rescue(const SegmentFile& segment);
    void save_poisoned();

    const Parts parts_;
    FailureEdge syncing_;

    mutable std::mutex mutex_;           // guards all below; no call of parts_ is made under it
    std::vector<SegmentFile> unsynced_;  // appended to since the last sync
    std::vector<SegmentFile> poisoned_;  // and not rescued yet
    bool has_unsynced_names_ = false;    // of files begun since the last sync
    bool is_all_distrusted_ = false;
};

}  // namespace eventfwd

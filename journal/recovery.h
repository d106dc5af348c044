// From a directory, in whatever state a crash left it, to a journal that can be appended to. The
// decisions, each with its reason, stand as a table in journal/README.md.
#pragma once

#include <string>
#include <vector>

#include "journal/journal_probe.h"
#include "journal/journal_state.h"
#include "journal/segment_catalog.h"

namespace eventfwd {

struct Recovered {
    JournalState state;
    SegmentCatalog catalog;  // its last segment, if any, ends in a good frame and is appended to
    std::vector<std::uint64_t> unused;  // segments behind it that hold no frame
    std::uint64_t next_sequence = 1;
    bool is_same_boot = true;  // as far as is known: the page cache may know what the disk does not
};

// Looks at the end only, back to the last good frame; all else is read when a reader wants its
// events. BOOT_ID is that of the running boot, empty where it is not known. Never fails for damage,
// only where the system does not let it work, and for formats that it does not know. Nothing is cut
// or removed here: STATE must be durable first, for the bytes behind the last frame may be all that
// shows that their numbers were issued.
Result<Recovered> recover(FileSystem& files, const std::string& directory,
                          const std::string& boot_id, JournalProbe& probe);

}  // namespace eventfwd

// From a directory, in whatever state a crash left it, to a journal that can be appended to. The
// decisions, each with its reason, stand as a table in journal/README.md.
#pragma once

#include <string>

#include "journal/journal_probe.h"
#include "journal/journal_state.h"
#include "journal/segment_catalog.h"

namespace eventfwd {

struct Recovered {
    JournalState state;
    SegmentCatalog catalog;  // its last segment, if any, may be appended to
    std::uint64_t next_sequence = 1;
};

// Looks at the last segment only; the others are read when somebody wants their events. BOOT_ID is
// that of the running boot. Never fails for damage, only where the system does not let it work.
Result<Recovered> recover(FileSystem& files, const std::string& directory,
                          const std::string& boot_id, JournalProbe& probe);

}  // namespace eventfwd

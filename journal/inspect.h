// A look at a journal's directory without opening it: no lock is taken, nothing is changed, and a
// daemon may be running on it.
#pragma once

#include <string>
#include <vector>

#include "core/file_system.h"
#include "core/record_file.h"
#include "journal/segment_catalog.h"

namespace eventfwd {

struct SegmentReport {
    Segment segment;
    std::uint64_t frames = 0;
    std::uint64_t events = 0;
    std::uint64_t last_sequence = 0;
    std::uint64_t damaged_bytes = 0;
    // Of a frame that is being written, or that a crash cut off.
    std::uint64_t unfinished_bytes = 0;
};

struct CursorReport {
    std::string sink;
    std::uint64_t sequence = 0;
    std::string problem;  // empty, or why the cursor cannot be read
};

struct JournalReport {
    std::string id;
    std::string state_problem;  // empty, or why the file "state" cannot be read
    std::uint64_t ceiling = 0;
    std::uint64_t lower_end = 0;
    std::vector<SegmentReport> segments;
    std::vector<CursorReport> cursors;
};

// Reads every frame of every segment, and so takes as long as the disk needs for all of them.
Result<JournalReport> inspect_journal(FileSystem& files, const std::string& directory);

}  // namespace eventfwd

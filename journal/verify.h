// Reads all of a journal and says what is wrong with it, and where. As inspect.h: no lock is taken,
// nothing is changed, and a daemon may be running on it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/file_system.h"
#include "journal/finding.h"
#include "journal/frame_scanner.h"

namespace eventfwd {

struct VerifyReport {
    std::uint64_t segments = 0;
    std::uint64_t frames = 0;
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    std::optional<SequenceRange> numbers;  // the first and the last one there
    std::uint64_t next_number = 1;         // behind the last one that was there
    std::uint64_t unfinished_bytes = 0;    // at the end: being written, or cut off by a crash
    std::vector<SequenceRange> left_out;   // not there, and known to be left out by a start
    std::vector<Finding> findings;         // in the order of the files
};

// Called now and then with the bytes read and those to read.
using VerifyProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// Called with every good frame, in order, and the file that it is in.
using VerifyFrame = std::function<void(const std::string& file, const Frame& frame)>;

// Fails where there is no journal or its directory cannot be read; what cannot be read in it is a
// finding.
Result<VerifyReport> verify_journal(FileSystem& files, const std::string& directory,
                                    const VerifyProgress& progress = {},
                                    const VerifyFrame& frame = {});

}  // namespace eventfwd

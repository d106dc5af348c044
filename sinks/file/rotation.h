// When a file is rotated, what it is then called, and which rotated ones go.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/compress/compression.h"
#include "core/file_system.h"

namespace eventfwd {

struct RotationOptions {
    std::uint64_t bytes_max = std::uint64_t{1} << 30;            // 0: never by size
    std::chrono::microseconds age_max = std::chrono::hours(24);  // 0: never by age
    std::uint32_t keep = 10;                                     // rotated files; 0: all
    Compression compress = Compression::none;                    // of all but the newest

    bool operator==(const RotationOptions&) const = default;
};

bool is_rotation_due(const RotationOptions& options, std::uint64_t bytes,
                     std::uint64_t bytes_to_come, Instant created, Instant now);

// Renames DIRECTORY/NAME to NAME.<UTC time>-<n>, makes that durable, and removes the oldest rotated
// files beyond options.keep.
Result<> rotate(FileSystem& files, const std::string& directory, const std::string& name,
                const RotationOptions& options, Instant now);

// The names of NAME's rotated files in DIRECTORY, oldest first, compressed or not.
Result<std::vector<std::string>> rotated_files(FileSystem& files, const std::string& directory,
                                               const std::string& name);

// Whether a file of that name could be a rotated one of another file.
bool looks_rotated(std::string_view name);

// Those of them that are to be compressed: not the newest, which a tailer may still be reading.
Result<std::vector<std::string>> files_to_compress(FileSystem& files, const std::string& directory,
                                                   const std::string& name);

}  // namespace eventfwd

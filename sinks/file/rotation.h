// When a file is rotated, what it is then called, and which rotated ones go.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/file_system.h"
#include "sinks/file/file_options.h"

namespace eventfwd {

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

// When a file is rotated, what it is then called, and which rotated ones go.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/file_system.h"
#include "sinks/file/file_options.h"

namespace eventfwd {

// Whether a file of BYTES that is AGE old gives way to another before BYTES_TO_COME go into it.
bool is_rotation_due(const RotationOptions& options, std::uint64_t bytes,
                     std::uint64_t bytes_to_come, std::chrono::microseconds age);

struct Rotated {
    Result<> renamed;  // failed: the file is what it was
    Result<> tidied;   // the first failure behind that, which stopped nothing else
};

// Renames DIRECTORY/NAME to NAME.<UTC time>-<n>, removes the oldest rotated files beyond
// options.keep, as far as they can be removed, and makes all that durable.
Rotated rotate(FileSystem& files, const std::string& directory, const std::string& name,
               const RotationOptions& options, Instant now);

// The names of NAME's rotated files in DIRECTORY, oldest first, compressed or not.
Result<std::vector<std::string>> rotated_files(FileSystem& files, const std::string& directory,
                                               const std::string& name);

// Whether a file of that name could be a rotated one of another file.
bool looks_rotated(std::string_view name);

// Those of them that are to be compressed: not the newest, which a tailer may still be reading.
Result<std::vector<std::string>> files_to_compress(FileSystem& files, const std::string& directory,
                                                   const std::string& name);

// What compressing has left in DIRECTORY when it was killed, of files whose name passes IS_OURS.
struct Unfinished {
    std::vector<std::string> parts;         // of compressed files: worth nothing
    std::vector<std::string> uncompressed;  // all but the newest of each file
};
Result<Unfinished> find_unfinished(FileSystem& files, const std::string& directory,
                                   const std::function<bool(const std::string& name)>& is_ours);

// Whether FILE is what NAME can be called once it is rotated, compressed or not.
bool is_rotated_name(std::string_view file, std::string_view name);

}  // namespace eventfwd

// The options of a sink of type file, with their defaults. A limit of 0 is no limit.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/compress/compression.h"

namespace eventfwd {

struct RotationOptions {
    // Bytes. A file is rotated before a batch would make it larger; 0: never by size.
    std::uint64_t bytes_max = std::uint64_t{1} << 30;

    // A file is rotated when it is that old; 0: never by age. Both limits can be in force.
    std::chrono::microseconds age_max = std::chrono::hours(24);

    // Rotated files that stay; the oldest ones beyond that are removed. 0: all stay.
    std::uint32_t keep = 10;

    // Of rotated files; the newest one stays as it is, so that a tailer can finish it.
    Compression compress = Compression::none;

    bool operator==(const RotationOptions&) const = default;
};

struct FileSinkOptions {
    // Absolute. It may hold placeholders (path_template.h), and is then many files; without them it
    // may be a link, and the file that it leads to is written and rotated.
    std::string path;

    // Of each file by itself.
    RotationOptions rotate;

    // Of files that the sink makes, whatever the umask.
    mode_t mode = 0640;

    // Of files that the sink makes; none: the process's group.
    std::optional<gid_t> group;

    // Files that are open at once. A batch for more is written in groups.
    std::size_t open_files_max = 256;

    // How long after a failure work beside delivery, such as a rotation, is tried again.
    std::chrono::microseconds chore_interval = std::chrono::minutes(1);

    bool operator==(const FileSinkOptions&) const = default;
};

}  // namespace eventfwd

// Compressing whole files, block by block: each block is a gzip member or a zstd frame of its own,
// which every reader of the two formats puts together again. libdeflate and libzstd do the work.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include "core/file_system.h"

namespace eventfwd {

enum class Compression { none, gzip, zstd };

// ".gz", ".zst"; empty for none.
std::string_view suffix_of(Compression compression);

// Behind those, while the file is not whole.
constexpr std::string_view kPartSuffix = ".part";

struct CompressOptions {
    Compression compression = Compression::gzip;
    mode_t mode = 0640;          // of the compressed file
    std::optional<gid_t> group;  // of it; none: the process's
};

// Replaces PATH by PATH with the suffix, durably: at every instant one of the two is whole. Gives
// up with ECANCELED soon after STOP is set, and leaves PATH as it was.
Result<> compress_file(FileSystem& files, const std::string& path, const CompressOptions& options,
                       const std::atomic<bool>& stop);

}  // namespace eventfwd

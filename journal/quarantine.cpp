#include "journal/quarantine.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace eventfwd {

std::string quarantine_path(const std::string& directory, std::uint64_t number, std::uint64_t begin,
                            std::uint64_t end) {
    return fmt::format("{}/quarantine/{:06}-{}-{}", directory, number, begin, end);
}

Result<std::string> quarantine(FileSystem& files, const std::string& directory, const File& file,
                               std::uint64_t number, std::uint64_t begin, std::uint64_t end) {
    const std::string folder = directory + "/quarantine";
    if (auto made = files.make_directories(folder); !made) return std::unexpected(made.error());
    const std::string path = quarantine_path(directory, number, begin, end);
    const auto copy = files.open(path, OpenMode::replace);
    if (!copy) return std::unexpected(copy.error());
    std::vector<char> bytes(std::min<std::uint64_t>(end - begin, 1 << 20));
    for (std::uint64_t at = begin; at < end;) {
        const std::size_t wanted = std::min<std::uint64_t>(end - at, bytes.size());
        const auto read = read_all_at(file, at, {bytes.data(), wanted});
        if (!read) return std::unexpected(read.error());
        if (*read == 0) break;
        iovec part{bytes.data(), *read};
        if (auto written = write_all_at(**copy, at - begin, {&part, 1}); !written) {
            return std::unexpected(written.error());
        }
        at += *read;
    }
    Result<> synced = (*copy)->sync_data();
    if (synced) synced = files.sync_directory(folder);
    if (synced) synced = files.sync_directory(directory);
    if (!synced) return std::unexpected(synced.error());
    return path;
}

}  // namespace eventfwd

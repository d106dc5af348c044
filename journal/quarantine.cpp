#include "journal/quarantine.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "journal/damaged_read.h"

namespace eventfwd {
namespace {

Result<> copy_range(const File& from, std::uint64_t begin, std::uint64_t end, File& to) {
    std::vector<char> bytes(std::min<std::uint64_t>(end - begin, 1 << 20));
    for (std::uint64_t at = begin; at < end;) {
        const std::size_t wanted = std::min<std::uint64_t>(end - at, bytes.size());
        const auto read = read_despite_damage(from, at, {bytes.data(), wanted});
        if (!read) return std::unexpected(read.error());
        if (*read == 0) break;
        iovec part{bytes.data(), *read};
        if (auto written = write_all_at(to, at - begin, {&part, 1}); !written) return written;
        at += *read;
    }
    return to.sync_data();
}

}  // namespace

std::string quarantine_path(const std::string& directory, std::uint64_t number, std::uint64_t begin,
                            std::uint64_t end) {
    return fmt::format("{}/quarantine/{:06}-{}-{}", directory, number, begin, end);
}

Result<std::string> quarantine(FileSystem& files, const std::string& directory, const File& file,
                               std::uint64_t number, std::uint64_t begin, std::uint64_t end) {
    const std::string folder = directory + "/quarantine";
    if (auto made = files.make_directories(folder); !made) return std::unexpected(made.error());
    const std::string path = quarantine_path(directory, number, begin, end);
    const std::string unfinished = path + ".new";
    const auto copy = files.open(unfinished, OpenMode::replace);
    if (!copy) return std::unexpected(copy.error());
    Result<> done = copy_range(file, begin, end, **copy);
    if (done) done = files.rename(unfinished, path);
    if (done) done = files.sync_directory(folder);
    if (done) done = files.sync_directory(directory);
    if (done) return path;
    [[maybe_unused]] const auto removed = files.unlink(unfinished);
    return std::unexpected(done.error());
}

}  // namespace eventfwd

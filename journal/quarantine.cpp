#include "journal/quarantine.h"

#include <fmt/format.h>

#include "journal/damaged_read.h"

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
    const std::string unfinished = path + ".new";
    const auto copy = files.open(unfinished, OpenMode::replace);
    if (!copy) return std::unexpected(copy.error());
    Result<> done = copy_despite_damage(file, begin, end, **copy);
    if (done) done = (*copy)->sync_data();
    if (done) done = files.rename(unfinished, path);
    if (done) done = files.sync_directory(folder);
    if (done) done = files.sync_directory(directory);
    if (done) return path;
    [[maybe_unused]] const auto removed = files.unlink(unfinished);
    return std::unexpected(done.error());
}

}  // namespace eventfwd

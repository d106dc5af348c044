#include "daemon/preflight/usable_path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "core/file_system.h"

namespace eventfwd {
namespace {

// As the process that asks, not as the user who started it.
bool is_allowed(const std::string& path, int what) {
    return ::faccessat(AT_FDCWD, path.c_str(), what, AT_EACCESS) == 0;
}

// The mode of what is at PATH; nothing where there is nothing.
Result<std::optional<mode_t>> mode_of(const std::string& path) {
    struct stat raw{};
    if (::stat(path.c_str(), &raw) == 0) return raw.st_mode;
    if (errno == ENOENT) return std::nullopt;
    return system_failure("look at", path);
}

}  // namespace

Result<> usable_directory(const std::string& directory) {
    std::string there = directory;
    auto mode = mode_of(there);
    while (mode && !*mode && there != parent_path(there)) {
        there = parent_path(there);
        mode = mode_of(there);
    }
    if (!mode) return std::unexpected(mode.error());
    if (!*mode) return system_failure("look at", there, ENOENT);
    if (!S_ISDIR(**mode)) return system_failure("make directory", directory, ENOTDIR);
    if (is_allowed(there, W_OK | X_OK)) return {};
    return system_failure(there == directory ? "write in" : "make a directory in", there);
}

Result<> usable_file(const std::string& path) {
    const auto mode = mode_of(path);
    if (!mode) return std::unexpected(mode.error());
    if (!*mode) return usable_directory(parent_path(path));
    if (S_ISDIR(**mode)) return system_failure("write to", path, EISDIR);
    if (!is_allowed(path, W_OK)) return system_failure("write to", path);
    return {};
}

Result<> usable_socket(const std::string& path) {
    const auto mode = mode_of(path);
    if (!mode) return std::unexpected(mode.error());
    if (*mode && S_ISSOCK(**mode)) return {};
    if (*mode) return failure("make socket " + path + ": something else is there", EEXIST);
    return usable_directory(parent_path(path));
}

}  // namespace eventfwd

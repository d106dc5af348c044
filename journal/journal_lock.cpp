#include "journal/journal_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

namespace eventfwd {

Result<JournalLock> JournalLock::take(const std::string& directory) {
    const std::string path = directory + "/lock";
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (!fd) return system_failure("open", path);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return system_failure("lock", path);
        char pid[32] = {};
        const ssize_t length = ::pread(fd.get(), pid, sizeof(pid) - 1, 0);
        return failure(
            fmt::format("journal {} is in use by another eventfwd{}; stop that one, or give "
                        "this one a journal.path of its own",
                        directory, length > 0 ? fmt::format(" (pid {})", pid) : ""),
            EWOULDBLOCK);
    }
    const std::string pid = std::to_string(::getpid());
    // Only a help for the message above: nothing depends on it.
    if (::ftruncate(fd.get(), 0) == 0) {
        [[maybe_unused]] const ssize_t ignored = ::pwrite(fd.get(), pid.data(), pid.size(), 0);
    }
    return JournalLock(std::move(fd));
}

}  // namespace eventfwd

#include "net/file_watch.h"

#include <sys/inotify.h>

#include "core/file_system.h"

namespace eventfwd {
namespace {

// While a process has the socket of a file open, its inode stays when the last link goes: then only
// its attributes change.
constexpr std::uint32_t kFileGoes = IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_DONT_FOLLOW;
constexpr std::uint32_t kDirectoryGoes = IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR;

// What cannot be watched above a file belongs to others, who seldom move it.
void watch_directories_above(int fd, const std::string& path) {
    std::string directory = parent_path(path);
    while (directory.size() > 1) {
        ::inotify_add_watch(fd, directory.c_str(), kDirectoryGoes);
        directory = parent_path(directory);
    }
}

}  // namespace

FileWatch::FileWatch(boost::asio::io_context& io, Handler changed)
    : events_(io), changed_(std::move(changed)) {}

Result<> FileWatch::watch(const std::vector<std::string>& paths) {
    stop();
    const int fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) return system_failure("watch", "files");
    events_.assign(fd);
    Result<> result;
    for (const std::string& path : paths) {
        const bool is_watched = ::inotify_add_watch(fd, path.c_str(), kFileGoes) >= 0;
        if (!is_watched && errno != ENOENT && errno != ENOTDIR) {
            result = system_failure("watch", path);
        }
        watch_directories_above(fd, path);
    }
    events_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this](const boost::system::error_code& error) {
                           if (error) return;
                           stop();  // what happened exactly is not of interest
                           changed_();
                       });
    return result;
}

void FileWatch::stop() {
    boost::system::error_code ignored;
    events_.close(ignored);
}

}  // namespace eventfwd

#include "net/socket_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "core/file_system.h"
#include "core/unique_fd.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

// Keeps other instances from changing the sockets of a directory between a look and a step. A
// directory that cannot be locked is used without: somebody may hold its lock for ever.
class DirectoryLock {
  public:
    explicit DirectoryLock(const std::string& directory)
        : fd_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        constexpr int kTries = 100;
        for (int tried = 0; tried < kTries && ::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0; ++tried) {
            if (errno != EWOULDBLOCK) return;
            std::this_thread::sleep_for(1ms);
        }
    }

  private:
    const UniqueFd fd_;
};

// PATH is short enough.
sockaddr_un address_at(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

// A datagram socket finds out about sockets of every type, and never waits for their queues.
bool is_dead(const sockaddr_un& address) {
    const UniqueFd probe(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
               0 &&
           errno == ECONNREFUSED;
}

Result<> remove_dead_socket(const std::string& path, const sockaddr_un& address) {
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) return {};
    if (!S_ISSOCK(status.st_mode))
        return failure("something that is no socket stands there", EEXIST);
    if (is_dead(address) && ::unlink(path.c_str()) != 0) return system_failure("remove", path);
    return {};
}

}  // namespace

void SocketFile::swap(SocketFile& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(device_, other.device_);
    std::swap(inode_, other.inode_);
    std::swap(is_of_another_, other.is_of_another_);
}

SocketFile SocketFile::of_another(std::string path) {
    SocketFile file;
    file.path_ = std::move(path);
    file.is_of_another_ = true;
    file.identify();
    return file;
}

bool SocketFile::identify() {
    struct stat status{};
    if (::lstat(path_.c_str(), &status) != 0) return false;
    device_ = status.st_dev;
    inode_ = status.st_ino;
    return true;
}

bool SocketFile::is_in_place() const {
    struct stat status{};
    return ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
           status.st_ino == inode_;
}

void SocketFile::remove() {
    if (!path_.empty() && !is_of_another_) {
        const DirectoryLock lock(parent_path(path_));
        if (is_in_place()) ::unlink(path_.c_str());
    }
    path_.clear();
}

Result<SocketFile> bind_socket_file(int socket, const std::string& path, mode_t mode) {
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        return failure(fmt::format("the path of a socket has at most {} bytes",
                                   sizeof(sockaddr_un::sun_path) - 1),
                       ENAMETOOLONG);
    }
    const sockaddr_un address = address_at(path);
    const DirectoryLock lock(parent_path(path));
    if (auto removed = remove_dead_socket(path, address); !removed) {
        return std::unexpected(removed.error());
    }
    // The file takes its mode from the socket, without what the umask masks.
    ::fchmod(socket, mode);
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        const int code = errno;
        return failure(error_text(code), code);
    }
    SocketFile file;
    file.path_ = path;
    if (!file.identify() || ::chmod(path.c_str(), mode) != 0) {
        return system_failure("set the mode of", path);
    }
    return file;
}

}  // namespace eventfwd

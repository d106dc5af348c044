// Preloaded into the real daemon, it makes a disk say in another way that it is full. The product
// knows nothing of it.
//
//     EVENTFWD_NO_SPACE="quota"               ENOSPC of any call is EDQUOT
//     EVENTFWD_NO_SPACE="late journal 4000000"  what is written is taken; a sync of a file in a
//                                             directory of that name fails with EDQUOT while the
//                                             files in it have more bytes than that
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <sstream>
#include <string>

namespace {

struct Kind {
    std::string name;
    std::string directory;
    long bytes_max = 0;

    static Kind from_environment() {
        Kind kind;
        const char* const text = std::getenv("EVENTFWD_NO_SPACE");
        std::istringstream words(text == nullptr ? "" : text);
        words >> kind.name >> kind.directory >> kind.bytes_max;
        return kind;
    }
};

const Kind& kind() {
    static const Kind the_kind = Kind::from_environment();
    return the_kind;
}

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

template <class Answer>
Answer renamed(Answer answer) {
    if (answer < 0 && errno == ENOSPC && kind().name == "quota") errno = EDQUOT;
    return answer;
}

long bytes_in(const std::string& directory) {
    long bytes = 0;
    DIR* const listing = ::opendir(directory.c_str());
    if (listing == nullptr) return 0;
    while (const dirent* const entry = ::readdir(listing)) {
        struct stat status{};
        if (::fstatat(::dirfd(listing), entry->d_name, &status, 0) != 0) continue;
        if (S_ISREG(status.st_mode)) bytes += status.st_size;
    }
    ::closedir(listing);
    return bytes;
}

bool finds_no_space(int fd) {
    if (kind().name != "late") return false;
    std::array<char, 4096> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (::readlink(link.c_str(), path.data(), path.size() - 1) < 0) return false;
    const std::string file(path.data());
    const std::string directory = file.substr(0, file.find_last_of('/'));
    return directory.ends_with("/" + kind().directory) && bytes_in(directory) > kind().bytes_max;
}

}  // namespace

extern "C" {

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
    static auto* const real = next<decltype(pwritev)>("pwritev");
    return renamed(real(fd, parts, count, offset));
}

ssize_t writev(int fd, const iovec* parts, int count) {
    static auto* const real = next<decltype(writev)>("writev");
    return renamed(real(fd, parts, count));
}

int fdatasync(int fd) {
    static auto* const real = next<decltype(fdatasync)>("fdatasync");
    if (finds_no_space(fd)) {
        errno = EDQUOT;
        return -1;
    }
    return renamed(real(fd));
}

int mkdir(const char* path, mode_t mode) noexcept {
    static auto* const real = next<decltype(mkdir)>("mkdir");
    return renamed(real(path, mode));
}

int rename(const char* from, const char* to) noexcept {
    static auto* const real = next<decltype(rename)>("rename");
    return renamed(real(from, to));
}

int open(const char* path, int flags, ...) {
    static auto* const real = next<int(const char*, int, ...)>("open");
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return renamed(real(path, flags, mode));
}

}  // extern "C"

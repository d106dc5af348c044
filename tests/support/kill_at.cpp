// Preloaded into the real daemon, it ends the process by SIGKILL at one named point: before, after
// or in the middle of the n-th call of one function on files whose path holds one text. The product
// knows nothing of it.
//
//     EVENTFWD_KILL_AT="rename /cursors/lines 2 before"
//
// In the middle means that a write has written half of its bytes.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Point {
    std::string function;
    std::string path;
    long nth = 0;
    std::string when;

    static Point from_environment() {
        Point point;
        const char* const text = std::getenv("EVENTFWD_KILL_AT");
        std::istringstream words(text == nullptr ? "" : text);
        words >> point.function >> point.path >> point.nth >> point.when;
        return point;
    }
};

const Point& point() {
    static const Point the_point = Point::from_environment();
    return the_point;
}

void die() {
    ::kill(::getpid(), SIGKILL);
    while (true)
        ::pause();
}

// Whether this call, of FUNCTION on PATH, is the one.
bool is_here(const char* function, const char* path) {
    static std::atomic<long> seen = 0;
    if (point().function != function || std::strstr(path, point().path.c_str()) == nullptr) {
        return false;
    }
    return ++seen == point().nth;
}

bool is_here(const char* function, int fd) {
    if (point().function != function) return false;
    std::array<char, 4096> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (::readlink(link.c_str(), path.data(), path.size() - 1) < 0) return false;
    return is_here(function, path.data());
}

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// Calls CALL, and dies before or after it where the point is HERE.
template <class Call>
auto at_point(bool here, Call&& call) {
    if (here && point().when == "before") die();
    const auto answer = call();
    if (here) die();
    return answer;
}

// The first half of the bytes in PARTS.
std::vector<iovec> half_of(const iovec* parts, int count) {
    std::size_t left = 0;
    for (int at = 0; at < count; ++at)
        left += parts[at].iov_len;
    left /= 2;
    std::vector<iovec> half;
    for (int at = 0; at < count && left > 0; ++at) {
        half.push_back({parts[at].iov_base, std::min(left, parts[at].iov_len)});
        left -= half.back().iov_len;
    }
    return half;
}

bool is_in_the_middle(bool here) {
    return here && point().when == "middle";
}

}  // namespace

extern "C" {

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
    static auto* const real = next<decltype(pwritev)>("pwritev");
    const bool here = is_here("pwritev", fd);
    if (is_in_the_middle(here)) {
        const auto half = half_of(parts, count);
        real(fd, half.data(), static_cast<int>(half.size()), offset);
        die();
    }
    return at_point(here, [&] { return real(fd, parts, count, offset); });
}

ssize_t writev(int fd, const iovec* parts, int count) {
    static auto* const real = next<decltype(writev)>("writev");
    const bool here = is_here("writev", fd);
    if (is_in_the_middle(here)) {
        const auto half = half_of(parts, count);
        real(fd, half.data(), static_cast<int>(half.size()));
        die();
    }
    return at_point(here, [&] { return real(fd, parts, count); });
}

int fdatasync(int fd) {
    static auto* const real = next<decltype(fdatasync)>("fdatasync");
    return at_point(is_here("fdatasync", fd), [&] { return real(fd); });
}

int fsync(int fd) {
    static auto* const real = next<decltype(fsync)>("fsync");
    return at_point(is_here("fsync", fd), [&] { return real(fd); });
}

int ftruncate(int fd, off_t size) noexcept {
    static auto* const real = next<decltype(ftruncate)>("ftruncate");
    return at_point(is_here("ftruncate", fd), [&] { return real(fd, size); });
}

int rename(const char* from, const char* to) noexcept {
    static auto* const real = next<decltype(rename)>("rename");
    return at_point(is_here("rename", to), [&] { return real(from, to); });
}

int unlink(const char* path) noexcept {
    static auto* const real = next<decltype(unlink)>("unlink");
    return at_point(is_here("unlink", path), [&] { return real(path); });
}

int open(const char* path, int flags, ...) {
    static auto* const real = next<int(const char*, int, ...)>("open");
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    // Opening to read changes nothing: only files that are made count.
    const bool here = (flags & O_CREAT) != 0 && is_here("create", path);
    return at_point(here, [&] { return real(path, flags, mode); });
}

}  // extern "C"

// Preloaded into the real daemon, it has one function fail on files whose path holds one text, as
// on a file system that does not know that function. The product knows nothing of it.
//
//     EVENTFWD_REFUSE="fsync / 22"
//
// says that fsync fails with EINVAL, which is 22, wherever there is a slash.
#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>

namespace {

struct Refusal {
    std::string function;
    std::string path;
    int code = 0;

    static Refusal from_environment() {
        Refusal refusal;
        const char* const text = std::getenv("EVENTFWD_REFUSE");
        std::istringstream words(text == nullptr ? "" : text);
        words >> refusal.function >> refusal.path >> refusal.code;
        return refusal;
    }
};

// Sets errno where FUNCTION must fail on FD.
bool is_refused(const char* function, int fd) {
    static const Refusal refusal = Refusal::from_environment();
    if (refusal.function != function) return false;
    std::array<char, 4096> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (::readlink(link.c_str(), path.data(), path.size() - 1) < 0) return false;
    if (std::strstr(path.data(), refusal.path.c_str()) == nullptr) return false;
    errno = refusal.code;
    return true;
}

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int fsync(int fd) {
    static auto* const real = next<int(int)>("fsync");
    return is_refused("fsync", fd) ? -1 : real(fd);
}

int fchmod(int fd, mode_t mode) noexcept {
    static auto* const real = next<int(int, mode_t)>("fchmod");
    return is_refused("fchmod", fd) ? -1 : real(fd, mode);
}

}  // extern "C"

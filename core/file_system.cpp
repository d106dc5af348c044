#include "core/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <limits>

#include "core/unique_fd.h"

namespace eventfwd {
namespace {

int open_flags(OpenMode how) {
    constexpr int kAlways = O_CLOEXEC | O_NOFOLLOW;
    switch (how) {
        case OpenMode::read:
            return kAlways | O_RDONLY;
        case OpenMode::read_named:
            return O_CLOEXEC | O_RDONLY;
        case OpenMode::write:
            return kAlways | O_RDWR;
        case OpenMode::create:
            return kAlways | O_RDWR | O_CREAT | O_EXCL;
        case OpenMode::replace:
            return kAlways | O_RDWR | O_CREAT | O_TRUNC;
        case OpenMode::append_or_make:
            return kAlways | O_RDWR | O_CREAT | O_APPEND;
    }
    return kAlways | O_RDONLY;
}

FileStatus to_status(const struct stat& raw) {
    return {static_cast<std::uint64_t>(raw.st_size), raw.st_ino, raw.st_dev, S_ISREG(raw.st_mode)};
}

class PosixFile final : public File {
  public:
    PosixFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

    Result<std::size_t> append(std::span<const iovec> parts) override {
        return counted(::writev(fd_.get(), parts.data(), part_count(parts)), "append to");
    }
    Result<std::size_t> write_at(std::uint64_t offset, std::span<const iovec> parts) override {
        return counted(
            ::pwritev(fd_.get(), parts.data(), part_count(parts), static_cast<off_t>(offset)),
            "write to");
    }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
        return counted(::pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(offset)),
                       "read");
    }
    Result<> set_in_place(bool in_place) override {
        const int flags = ::fcntl(fd_.get(), F_GETFL);
        return done(::fcntl(fd_.get(), F_SETFL, in_place ? flags & ~O_APPEND : flags | O_APPEND),
                    "write in place to");
    }
    Result<> truncate(std::uint64_t size) override {
        return done(::ftruncate(fd_.get(), static_cast<off_t>(size)), "truncate");
    }
    Result<> sync_data() override { return done(::fdatasync(fd_.get()), "sync"); }
    void begin_sync(std::uint64_t offset, std::uint64_t bytes) override {
        ::sync_file_range(fd_.get(), static_cast<off64_t>(offset), static_cast<off64_t>(bytes),
                          SYNC_FILE_RANGE_WRITE);
    }
    void preallocate(std::uint64_t offset, std::uint64_t bytes) override {
        ::fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                    static_cast<off_t>(bytes));
    }
    Result<FileStatus> status() const override {
        struct stat raw{};
        if (::fstat(fd_.get(), &raw) != 0) return system_failure("look at", path_);
        return to_status(raw);
    }
    Result<> set_access(mode_t mode, std::optional<gid_t> group) override {
        Result<> given;
        if (group)
            given = done(::fchown(fd_.get(), static_cast<uid_t>(-1), *group), "give to group");
        const Result<> set = done(::fchmod(fd_.get(), mode), "set the mode of");
        return given ? set : given;
    }

  private:
    static int part_count(std::span<const iovec> parts) {
        return static_cast<int>(std::min<std::size_t>(parts.size(), IOV_MAX));
    }
    Result<std::size_t> counted(ssize_t count, std::string_view attempted) const {
        if (count < 0) return system_failure(attempted, path_);
        return static_cast<std::size_t>(count);
    }
    Result<> done(int answer, std::string_view attempted) const {
        if (answer != 0) return system_failure(attempted, path_);
        return {};
    }

    UniqueFd fd_;
    std::string path_;
};

}  // namespace

Result<std::unique_ptr<File>> PosixFileSystem::open(const std::string& path, OpenMode how,
                                                    mode_t mode) {
    UniqueFd fd(::open(path.c_str(), open_flags(how), mode));
    if (!fd && errno == ELOOP) {
        return failure("open " + path + ": it is a symbolic link, and none is followed", ELOOP);
    }
    if (!fd) return system_failure("open", path);
    return std::make_unique<PosixFile>(std::move(fd), path);
}

// Name by name, none of them a link or "..". openat2() does it in one call, but is forbidden to a
// service under systemd's RestrictSUIDSGID=.
Result<std::unique_ptr<File>> PosixFileSystem::open_beneath(const std::string& root,
                                                            const std::string& path, OpenMode how,
                                                            mode_t mode) {
    const std::string whole = root + "/" + path;
    UniqueFd directory(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return system_failure("open", root);
    for (std::size_t begin = 0;;) {
        const std::size_t end = path.find('/', begin);
        const std::string name = path.substr(begin, end - begin);
        if (name.empty() || name == "..") return system_failure("open", whole, EXDEV);
        const bool is_last = end == std::string::npos;
        const int flags = is_last ? open_flags(how) : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        UniqueFd fd(::openat(directory.get(), name.c_str(), flags, mode));
        if (!fd) return system_failure("open", whole);
        if (is_last) return std::make_unique<PosixFile>(std::move(fd), whole);
        directory = std::move(fd);
        begin = end + 1;
    }
}

Result<FileStatus> PosixFileSystem::status(const std::string& path) {
    struct stat raw{};
    if (::stat(path.c_str(), &raw) != 0) return system_failure("look at", path);
    return to_status(raw);
}

Result<std::string> PosixFileSystem::real_path(const std::string& path) {
    constexpr int kLinksMax = 40;  // as many as the kernel follows
    std::string real = path;
    for (int links = 0; links < kLinksMax; ++links) {
        std::array<char, PATH_MAX> target;
        const ssize_t size = ::readlink(real.c_str(), target.data(), target.size());
        // No link, or nothing: opening it tells whatever is wrong with it.
        if (size <= 0) return real;
        const std::string next(target.data(), static_cast<std::size_t>(size));
        real = next.starts_with('/') ? next : parent_path(real) + "/" + next;
    }
    return system_failure("follow the links of", path, ELOOP);
}

Result<> PosixFileSystem::rename(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return system_failure("rename to", to);
    return {};
}

Result<> PosixFileSystem::unlink(const std::string& path) {
    if (::unlink(path.c_str()) != 0) return system_failure("remove", path);
    return {};
}

Result<> PosixFileSystem::make_directories(const std::string& path, mode_t mode) {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const std::string part = path.substr(0, end);
        if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST) {
            return system_failure("make directory", part);
        }
        if (end == std::string::npos) break;
    }
    struct stat raw{};
    if (::stat(path.c_str(), &raw) != 0) return system_failure("look at", path);
    if (!S_ISDIR(raw.st_mode)) return system_failure("make directory", path, ENOTDIR);
    return {};
}

Result<> PosixFileSystem::sync_directory(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return system_failure("open", path);
    if (::fsync(fd.get()) == 0) return {};
    auto failed = system_failure("sync directory", path);
    if (!is_unable_to_sync_directory(failed.error().code)) return failed;
    struct stat raw{};
    bool is_first = false;
    if (::fstat(fd.get(), &raw) == 0) {
        const std::lock_guard lock(mutex_);
        is_first = unsyncable_.insert(raw.st_dev).second;
    }
    if (is_first && cannot_sync_) cannot_sync_(failed.error());
    return {};
}

Result<std::vector<std::string>> PosixFileSystem::list(const std::string& path) {
    DIR* directory = ::opendir(path.c_str());
    if (directory == nullptr) return system_failure("list", path);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(directory)) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    ::closedir(directory);
    return names;
}

namespace {

// Drops the first BYTES bytes of PARTS and gives what is left.
std::span<iovec> without_first(std::span<iovec> parts, std::size_t bytes) {
    while (!parts.empty() && bytes >= parts.front().iov_len) {
        bytes -= parts.front().iov_len;
        parts = parts.subspan(1);
    }
    if (!parts.empty()) {
        parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + bytes;
        parts.front().iov_len -= bytes;
    }
    return parts;
}

// Calls WRITE(done so far, parts left) until nothing is left; a write of nothing is a full disk.
template <class Write>
Appended write_until_done(std::span<iovec> parts, Write&& write) {
    Appended appended;
    parts = without_first(parts, 0);
    while (!parts.empty()) {
        const Result<std::size_t> written = write(appended.bytes, parts);
        if (!written) {
            if (written.error().code == EINTR) continue;
            appended.result = std::unexpected(written.error());
            return appended;
        }
        if (*written == 0) {
            appended.result = failure("write took nothing", ENOSPC);
            return appended;
        }
        appended.bytes += *written;
        parts = without_first(parts, *written);
    }
    return appended;
}

}  // namespace

Result<> write_all_at(File& file, std::uint64_t offset, std::span<iovec> parts) {
    return write_until_done(parts,
                            [&](std::size_t done, std::span<iovec> left) {
                                return file.write_at(offset + done, left);
                            })
        .result;
}

Appended append_all(File& file, std::span<iovec> parts) {
    return write_until_done(parts,
                            [&](std::size_t, std::span<iovec> left) { return file.append(left); });
}

Result<std::size_t> read_all_at(const File& file, std::uint64_t offset, std::span<char> into) {
    std::size_t done = 0;
    while (done < into.size()) {
        const Result<std::size_t> read = file.read_at(offset + done, into.subspan(done));
        if (!read) {
            if (read.error().code == EINTR) continue;
            return read;
        }
        if (*read == 0) break;
        done += *read;
    }
    return done;
}

Result<std::string> read_whole_file(FileSystem& files, const std::string& path, OpenMode how) {
    const auto file = files.open(path, how);
    if (!file) return std::unexpected(file.error());
    const auto status = (*file)->status();
    if (!status) return std::unexpected(status.error());
    if (!status->is_regular) return failure("read " + path + ": it is no regular file", EINVAL);
    std::string text(status->size, '\0');
    const auto read = read_all_at(**file, 0, text);
    if (!read) return std::unexpected(read.error());
    text.resize(*read);
    return text;
}

std::string parent_path(const std::string& path) {
    const std::size_t slash = path.find_last_of('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace eventfwd

// The file system as a seam of a few verbs. The product uses PosixFileSystem; tests put a faulty or
// a simulated one in its place. Calls may be short or interrupted (EINTR), as the system's own are:
// write_all and read_all below deal with that, once.
#pragma once

#include <sys/stat.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"

namespace eventfwd {

struct FileStatus {
    std::uint64_t size = 0;  // bytes
    std::uint64_t inode = 0;
    std::uint64_t device = 0;
    bool is_regular = true;  // and no directory, device, pipe or socket
};

// One open file. Closed when destroyed. Not shared between threads, but for sync_data.
class File {
  public:
    virtual ~File() = default;
    // Both return how many bytes were written, which may be fewer than were given.
    virtual Result<std::size_t> append(std::span<const iovec> parts) = 0;
    virtual Result<std::size_t> write_at(std::uint64_t offset, std::span<const iovec> parts) = 0;
    // Returns how many bytes were read; 0 at the end of the file.
    virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const = 0;
    // Lets write_at, in a file that is open for append, write in place, or no more.
    virtual Result<> set_in_place(bool in_place) = 0;
    virtual Result<> truncate(std::uint64_t size) = 0;
    virtual Result<> sync_data() = 0;
    // Lets the disk begin with these bytes, so that sync_data has less to wait for. A hint.
    virtual void begin_sync(std::uint64_t /*offset*/, std::uint64_t /*bytes*/) {}
    // Takes disk blocks for bytes to come, so that writing them has to wait for no allocation; the
    // file's size stays. A hint.
    virtual void preallocate(std::uint64_t /*offset*/, std::uint64_t /*bytes*/) {}
    virtual Result<FileStatus> status() const = 0;
    // Sets the mode, whatever the umask says, and the group where one is given. Where one of the
    // two fails, the other is set nevertheless.
    virtual Result<> set_access(mode_t mode, std::optional<gid_t> group) = 0;
};

enum class OpenMode {
    read,            // must exist
    read_named,      // the same, by a path that an operator named: links are followed
    write,           // must exist; for write_at
    create,          // must not exist; for write_at
    replace,         // made, or emptied; for write_at
    append_or_make,  // for append
};

class FileSystem {
  public:
    virtual ~FileSystem() = default;
    // Links are not followed in the last part of the path, but by read_named. MODE counts where a
    // file is made.
    virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode how,
                                               mode_t mode = 0640) = 0;
    // As open, for a path below ROOT that came from outside: nothing in it can lead out of ROOT.
    virtual Result<std::unique_ptr<File>> open_beneath(const std::string& root,
                                                       const std::string& path, OpenMode how,
                                                       mode_t mode) = 0;
    // Of what PATH leads to: links are followed.
    virtual Result<FileStatus> status(const std::string& path) = 0;
    // Where PATH, which an operator named, leads to: itself, or what the links in its last part
    // name in the end. Nothing has to be there.
    virtual Result<std::string> real_path(const std::string& path) = 0;
    virtual Result<> rename(const std::string& from, const std::string& to) = 0;
    virtual Result<> unlink(const std::string& path) = 0;
    // Makes the directory and those above it; no failure where it is there already.
    virtual Result<> make_directories(const std::string& path, mode_t mode = 0750) = 0;
    // Makes the names in it durable, where its file system can do that.
    virtual Result<> sync_directory(const std::string& path) = 0;
    // The names in a directory, without "." and "..", in no order.
    virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
};

class PosixFileSystem final : public FileSystem {
  public:
    // CANNOT_SYNC hears of the first directory on each file system that cannot sync directories, as
    // some over a network cannot. On the thread that meets it.
    using CannotSync = std::function<void(const Error& error)>;
    explicit PosixFileSystem(CannotSync cannot_sync = {}) : cannot_sync_(std::move(cannot_sync)) {}

    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode how, mode_t mode) override;
    Result<std::unique_ptr<File>> open_beneath(const std::string& root, const std::string& path,
                                               OpenMode how, mode_t mode) override;
    Result<FileStatus> status(const std::string& path) override;
    Result<std::string> real_path(const std::string& path) override;
    Result<> rename(const std::string& from, const std::string& to) override;
    Result<> unlink(const std::string& path) override;
    Result<> make_directories(const std::string& path, mode_t mode) override;
    Result<> sync_directory(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) override;

  private:
    const CannotSync cannot_sync_;
    std::mutex mutex_;
    std::set<dev_t> unsyncable_;  // file systems that cannot; guarded by mutex_
};

// Writes all of PARTS at OFFSET, going on after short and interrupted writes. PARTS is used up.
Result<> write_all_at(File& file, std::uint64_t offset, std::span<iovec> parts);

// What append_all did: on failure, too, it tells how much of PARTS is in the file.
struct Appended {
    std::size_t bytes = 0;
    Result<> result;
};
Appended append_all(File& file, std::span<iovec> parts);

// Reads until INTO is full or the file ends; returns the bytes read.
Result<std::size_t> read_all_at(const File& file, std::uint64_t offset, std::span<char> into);

Result<std::string> read_whole_file(FileSystem& files, const std::string& path,
                                    OpenMode how = OpenMode::read);

inline iovec as_iovec(std::string_view bytes) {
    return {const_cast<char*>(bytes.data()), bytes.size()};
}

// Whether CODE says that the disk, or a quota on it, has no space left.
inline bool is_full_disk(int code) {
    return code == ENOSPC || code == EDQUOT;
}
// The same, or that this one file must not become larger (EFBIG): another file may still grow.
inline bool is_no_space(int code) {
    return is_full_disk(code) || code == EFBIG;
}

// Whether CODE says that this process, or the machine, may open no more files now.
inline bool is_out_of_descriptors(int code) {
    return code == EMFILE || code == ENFILE;
}

// Whether CODE says that a file system has no way to sync a directory, and not that it failed to.
inline bool is_unable_to_sync_directory(int code) {
    return code == EINVAL || code == EBADF || code == ENOSYS || code == EOPNOTSUPP;
}

// "a/b/c" → "a/b"; "c" → ".".
std::string parent_path(const std::string& path);

}  // namespace eventfwd

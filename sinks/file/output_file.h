// One rendered file. It knows up to where its lines are the courier's business (committed) and up
// to where there are bytes (length). What lies between was written by a send that did not end, or
// by a process that was killed: when those lines come again, they are compared and not written
// twice.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/file_system.h"

namespace eventfwd {

class OutputFile {
  public:
    // FILE is open for append, its status STATUS. COMMITTED is how much of it a cursor vouches for.
    // BEGUN: when it was made, by the steady clock.
    OutputFile(std::unique_ptr<File> file, const FileStatus& status, std::uint64_t committed,
               SteadyInstant begun);

    struct Written {
        Result<> result;
        bool met_foreign_bytes = false;  // behind the committed length, from another writer
    };
    // Appends PARTS, which are not empty and hold whole lines, but for what is there already from
    // the last time. On failure the call can be made again with the same lines.
    Written write(std::vector<std::string_view> parts);

    // Hears how long the file is now. True where another writer has made it longer or shorter: then
    // what is there is not ours to compare any more, and a half line of theirs gets its end.
    bool notice_length(std::uint64_t length);

    // The lines written so far are delivered: the cursor will move past them.
    void commit() { committed_ = covered_; }
    // Whether the last write() failed for a limit on the size of files (EFBIG).
    bool is_too_large() const { return is_too_large_; }
    // Cuts off what is not delivered, so that it can go into another file.
    Result<> take_back();
    // Fails until all that was written is on stable storage.
    Result<> sync();

    std::uint64_t committed() const { return committed_; }
    std::uint64_t length() const { return length_; }
    // Up to where the lines of the last write() stand.
    std::uint64_t covered() const { return covered_; }
    std::uint64_t inode() const { return inode_; }
    // Whether STATUS is of this very file.
    bool is(const FileStatus& status) const {
        return status.inode == inode_ && status.device == device_;
    }
    Result<> set_access(mode_t mode, std::optional<gid_t> group) {
        return file_->set_access(mode, group);
    }
    SteadyInstant begun() const { return begun_at_; }

  private:
    Result<bool> skip_what_is_there(std::vector<std::string_view>& parts);
    Result<> end_foreign_line();
    Result<> write_again();

    std::unique_ptr<File> file_;
    std::uint64_t inode_;
    std::uint64_t device_;
    std::uint64_t length_;
    std::uint64_t committed_;
    std::uint64_t covered_;  // up to where the lines of the last write() stand
    std::uint64_t begun_;    // up to where the disk was told to begin
    std::uint64_t durable_;  // up to where a sync has reached
    SteadyInstant begun_at_;
    bool needs_sync_ = false;
    bool is_sync_failing_ = false;
    bool is_too_large_ = false;
    bool must_end_foreign_line_;
};

}  // namespace eventfwd

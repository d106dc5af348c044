// A little disk space, held in a file, for what must still work when the disk is full: cursors, the
// state, and with them the removal of segments that every sink has. While it is given back, only
// they may use what it gave: appends wait until it is taken again.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "core/file_system.h"

namespace eventfwd {

class DiskReserve {
  public:
    static constexpr std::size_t kBytes = 256 * 1024;

    DiskReserve(FileSystem& files, const std::string& directory)
        : files_(files), path_(directory + "/reserve") {}

    // Takes the space, if it is not taken and there is any.
    void take();
    // Whether the disk is so full that there is no reserve.
    bool is_missing() const { return missing_for_ != 0; }
    // The error that says so: ENOSPC or EDQUOT; 0 where the reserve is there.
    int missing_for() const { return missing_for_; }

    // Runs WORK; where that fails for want of space, gives the space back and runs it once more.
    template <class Work>
    Result<> with_reserve(Work&& work) {
        Result<> done = work();
        if (!done && is_full_disk(done.error().code) && give_back(done.error().code)) done = work();
        return done;
    }

  private:
    bool give_back(int code);

    FileSystem& files_;
    const std::string path_;
    std::mutex mutex_;  // guards the file
    std::atomic<int> missing_for_ = 0;
};

}  // namespace eventfwd

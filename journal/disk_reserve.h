// A little disk space, held in a file, for what must still work when the disk is full: cursors, the
// state, and with them the removal of segments that everybody has had.
#pragma once

#include <mutex>
#include <string>

#include "core/file_system.h"

namespace eventfwd {

class DiskReserve {
  public:
    static constexpr std::size_t kBytes = 256 * 1024;

    DiskReserve(FileSystem& files, const std::string& directory)
        : files_(files), path_(directory + "/reserve") {}

    // Takes the space, if it is not taken. A disk that has none is no failure: there is none, then.
    void take();

    // Runs WORK; where that fails for want of space, gives the space back and runs it once more.
    template <class Work>
    Result<> with_reserve(Work&& work) {
        Result<> done = work();
        if (!done && done.error().code == ENOSPC && give_back()) done = work();
        return done;
    }

  private:
    bool give_back();

    FileSystem& files_;
    const std::string path_;
    std::mutex mutex_;  // guards the file
};

}  // namespace eventfwd

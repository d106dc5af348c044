// One daemon at a time: an advisory lock on the journal's directory, which the kernel releases with
// the process, however it ends.
#pragma once

#include <string>

#include "core/result.h"
#include "core/unique_fd.h"

namespace eventfwd {

class JournalLock {
  public:
    // Fails at once, naming the process that holds it, where the lock is taken.
    static Result<JournalLock> take(const std::string& directory);

  private:
    explicit JournalLock(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

}  // namespace eventfwd

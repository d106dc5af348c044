// The file "state" while a journal runs. It is changed field by field, so that a thread that
// changes one field never takes back what another has just made durable.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "journal/disk_reserve.h"
#include "journal/journal_state.h"

namespace eventfwd {

// Thread-safe.
class StateFile {
  public:
    // STATE is what recovery found; the first change writes it. FILES and RESERVE outlive this.
    StateFile(FileSystem& files, std::string directory, DiskReserve& reserve, JournalState state)
        : files_(files),
          directory_(std::move(directory)),
          reserve_(reserve),
          state_(std::move(state)) {}

    // Lets CHANGE change the state, and makes it durable. On failure everything is as before.
    Result<> change(const std::function<void(JournalState&)>& change);
    JournalState state() const;

  private:
    FileSystem& files_;
    const std::string directory_;
    DiskReserve& reserve_;
    mutable std::mutex mutex_;  // guards the file and state_
    JournalState state_;
};

}  // namespace eventfwd

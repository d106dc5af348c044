// Keeps the counters of inputs and dead letters over restarts, in the file "counters" of the
// journal's directory.
#pragma once

#include <string>

#include "core/file_system.h"
#include "daemon/dead_letters/dead_letters.h"
#include "daemon/inputs/input_set.h"
#include "daemon/intake/dead_letter_intake.h"
#include "daemon/listen/kernel_drops.h"
#include "daemon/status/kept_counts.h"
#include "journal/journal.h"

namespace eventfwd {

class CountsFile {
  public:
    // BOOT_ID is that of the running boot.
    CountsFile(FileSystem& files, const std::string& journal_directory, const std::string& boot_id)
        : files_(files), directory_(journal_directory), boot_id_(boot_id) {}

    // What earlier lives counted, held against JOURNAL, before anything new is. A file that is
    // missing or damaged counts nothing: then all that the journal has held is recovered.
    const KeptCounts& load(const JournalStatus& journal);
    std::uint64_t recovered() const { return counts_.recovered; }
    std::uint64_t lost() const { return counts_.lost; }

    // From any thread, one at a time: saves what these count now.
    Result<> save(InputSet& inputs, const KernelDrops& drops, DeadLetters& letters,
                  const DeadLetterIntake& retries);

  private:
    FileSystem& files_;
    const std::string directory_;
    const std::string boot_id_;
    KeptCounts counts_;
};

}  // namespace eventfwd

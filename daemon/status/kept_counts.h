// The counters that go on over restarts: of the inputs and of the dead letters, in the file
// "counters" beside the journal. Each start holds them against the journal, so that the ledger
// closes after a kill, too.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/file_system.h"
#include "daemon/dead_letters/dead_letters.h"
#include "daemon/intake/intake.h"
#include "daemon/listen/kernel_drops.h"

namespace eventfwd {

struct InputCounts {
    IntakeCounts intake;
    std::uint64_t kernel_drops = 0;

    void add(const InputCounts& counts) {
        intake.add(counts.intake);
        kernel_drops += counts.kernel_drops;
    }
};

struct KeptCounts {
    std::map<std::string, InputCounts> inputs;  // by name, also those that are gone
    DeadLetters::CountsByOrigin dead_letters;
    std::uint64_t retried_events = 0;  // journaled by retries of inputs' dead letters
    std::uint64_t recovered = 0;       // events that the journal had, and no counter, at a start
    std::uint64_t lost = 0;            // events that a counter had, and the journal not any more
    KernelDrops::Counted sockets;      // as far as their drops are among those of the inputs
    std::string boot_id;               // of the boot in which these sockets were made

    // How many events the journal should hold or have held by these.
    std::uint64_t journaled() const;
    // At a start, where JOURNALED are the events that were ever journaled: what a kill left
    // uncounted is recovered, what a power cut took is lost.
    void reconcile(std::uint64_t journaled);
};

// Replaces the file at PATH. It is not synced: what a power cut takes of it is found again.
Result<> save_counts(FileSystem& files, const std::string& path, const KeptCounts& counts);
// ENOENT where there is none, EBADMSG where it is damaged.
Result<KeptCounts> load_counts(FileSystem& files, const std::string& path);
// The sockets of the file "kernel-drops", which was all that a version before this one kept.
KernelDrops::Counted load_kernel_drops(FileSystem& files, const std::string& path);

}  // namespace eventfwd

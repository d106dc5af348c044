#include "daemon/app/counts_file.h"

#include <algorithm>

namespace eventfwd {

const KeptCounts& CountsFile::load(const JournalStatus& journal) {
    auto loaded = load_counts(files_, directory_ + "/counters");
    if (loaded) {
        counts_ = std::move(*loaded);
    } else {
        counts_.sockets = load_kernel_drops(files_, directory_ + "/kernel-drops");
    }
    counts_.reconcile(journal.last - std::min(journal.last, journal.left_out));
    return counts_;
}

// What is recovered and lost stays as the start has found it.
Result<> CountsFile::save(InputSet& inputs, const KernelDrops& drops, const DeadLetters& letters,
                          const DeadLetterIntake& retries) {
    KeptCounts now;
    for (const InputStatus& input : inputs.statuses())
        now.inputs[input.name] = input.counts;
    now.sockets = drops.counted();
    now.dead_letters = letters.counts();
    now.retried_events = retries.journaled();
    now.recovered = counts_.recovered;
    now.lost = counts_.lost;
    return save_counts(files_, directory_ + "/counters", now);
}

}  // namespace eventfwd

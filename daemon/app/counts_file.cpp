#include "daemon/app/counts_file.h"

#include <algorithm>

namespace eventfwd {
namespace {

constexpr int kLooksMax = 3;

}  // namespace

const KeptCounts& CountsFile::load(const JournalStatus& journal) {
    auto loaded = load_counts(files_, directory_ + "/counters");
    if (loaded) {
        counts_ = std::move(*loaded);
        // Cookies begin anew with each boot.
        if (counts_.boot_id != boot_id_) counts_.sockets.clear();
    } else {
        counts_.sockets = load_kernel_drops(files_, directory_ + "/kernel-drops");
    }
    counts_.reconcile(journal.last - std::min(journal.last, journal.left_out));
    return counts_;
}

// What is recovered and lost stays as the start has found it. A drop between the two looks at the
// sockets would be counted on one side only: then they are looked at again.
Result<> CountsFile::save(InputSet& inputs, const KernelDrops& drops, DeadLetters& letters,
                          const DeadLetterIntake& retries) {
    KeptCounts now;
    std::vector<InputStatus> statuses = inputs.statuses();
    for (int look = 0; look < kLooksMax; ++look) {
        const KernelDrops::Counted before = drops.counted();
        statuses = inputs.statuses();
        now.sockets = drops.counted();
        if (now.sockets == before) break;
    }
    for (const InputStatus& input : statuses)
        now.inputs[input.name] = input.counts;
    now.boot_id = boot_id_;
    now.dead_letters = letters.counts_by_origin();
    now.retried_events = retries.journaled();
    now.recovered = counts_.recovered;
    now.lost = counts_.lost;
    return save_counts(files_, directory_ + "/counters", now);
}

}  // namespace eventfwd

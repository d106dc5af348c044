// What the maintaining thread does with the journal: syncs, and removes what may go.
#include <algorithm>
#include <utility>

#include "journal/journal.h"

namespace eventfwd {

Result<> Journal::sync() {
    std::uint64_t covered = 0;
    SyncPolicy::When when{};
    {
        const std::lock_guard lock(mutex_);
        when = options_.sync.when;
        covered = next_sequence_ - 1;
    }
    if (when == SyncPolicy::When::never) {
        unsynced_for_ = 0;
        syncer_.let_go();
    } else {
        auto synced = syncer_.sync();
        const std::lock_guard lock(mutex_);
        note_space_of_sync(synced);
        if (!synced) return synced;
        synced_sequence_ = std::max(synced_sequence_, covered);
    }
    synced_.reach(covered);
    return {};
}

// Over a network a disk can take what is written, and find no space for it later: appends wait
// then, and what may go makes room.
void Journal::note_space_of_sync(const Result<>& synced) {
    const int code = synced ? 0 : synced.error().code;
    unsynced_for_ = is_full_disk(code) ? code : 0;
    if (unsynced_for_ != 0) retention_.make_room_on_disk(options_);
}

std::vector<std::uint64_t> Journal::segment_numbers() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint64_t> numbers;
    for (const Segment& segment : catalog_.all())
        numbers.push_back(segment.number);
    return numbers;
}

// Appends go on in another segment than NUMBER. What it holds then; nothing if it is not there.
Result<std::optional<Segment>> Journal::finish_segment(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    if (number == active_.number()) {
        if (auto rolled = roll(); !rolled) return std::unexpected(rolled.error());
    }
    return catalog_.numbered(number);
}

// Best effort: the state only matters if this life ends before all are rescued.
void Journal::save_poisoned(std::vector<std::uint64_t> numbers) {
    const auto saved =
        state_.change([&](JournalState& state) { state.poisoned = std::move(numbers); });
    if (!saved) report_failure(saved.error());
}

// Removes the files that retention lets go; gives their numbers. The new lower end is durable
// before the first byte goes.
std::vector<std::uint64_t> Journal::remove_leaving() {
    std::vector<std::uint64_t> leaving, removed;
    std::uint64_t lower_end = 0;
    {
        const std::lock_guard lock(mutex_);
        leaving = retention_.leaving();
        lower_end = retention_.lower_end();
    }
    if (leaving.empty()) return removed;
    // One that could not be removed a round ago has its lower end saved.
    const bool is_saved = state_.state().lower_end == lower_end;
    const Result<> saved =
        is_saved ? Result<>{}
                 : state_.change([&](JournalState& state) { state.lower_end = lower_end; });
    // But a disk without room for that gets its room from the segments: the cursors, or at worst a
    // gap that is reported as damage, say what was there.
    if (!saved && !is_no_space(saved.error().code)) {
        report_failure(saved.error());
        return removed;
    }
    for (const std::uint64_t number : leaving) {
        if (auto unlinked = files_.unlink(segment_path(path_, number));
            !unlinked && unlinked.error().code != ENOENT) {
            report_failure(unlinked.error());
            continue;
        }
        probe_.segment_removed(number);
        removed.push_back(number);
    }
    if (removed.empty()) return removed;
    if (auto synced = files_.sync_directory(path_); !synced) report_failure(synced.error());
    return removed;
}

void Journal::report_failure(const Error& error) {
    failures_.insert(error.message);
    if (reported_.insert(error.message).second) probe_.maintenance_failed(error);
}

void Journal::maintain() {
    failures_.clear();
    {
        const std::lock_guard lock(mutex_);
        retention_.release_delivered(options_, clock_.steady_now());
    }
    const auto removed = remove_leaving();
    reserve_.take();
    std::uint64_t next = 0;
    {
        // Only now may a full disk cost the next segment: what the last ones gave can be used.
        const std::lock_guard lock(mutex_);
        retention_.forget(removed);
        next = next_sequence_;
    }
    if (auto reserved = reservation_.reserve_ahead(next); !reserved) {
        report_failure(reserved.error());
    }
    const bool has_recovered = failures_.empty() && !reported_.empty();
    reported_ = std::move(failures_);
    if (has_recovered) probe_.maintenance_recovered();
}

}  // namespace eventfwd

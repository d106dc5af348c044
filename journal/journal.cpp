#include "journal/journal.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/check.h"
#include "core/contains.h"

namespace eventfwd {
namespace {

// Makes what is needed, for good: the name of the journal's directory is durable then, and the name
// of that of the cursors is with the first state that is saved.
Result<> make_directories(FileSystem& files, const std::string& path) {
    if (auto made = files.make_directories(path + "/cursors"); !made) return made;
    auto synced = files.sync_directory(parent_path(path));
    if (!synced && synced.error().code == EACCES) return {};  // then it was not made just now
    return synced;
}

}  // namespace

Journal::Journal(const JournalOptions& options, FileSystem& files, const Clock& clock,
                 JournalProbe& probe, JournalLock lock, Recovered recovered)
    : path_(options.path),
      files_(files),
      clock_(clock),
      probe_(probe),
      lock_(std::move(lock)),
      reserve_(files, path_),
      cursors_(files, path_, to_text(recovered.state.id), &reserve_),
      state_(files, path_, reserve_, recovered.state),
      reservation_(state_),
      syncer_({files, path_, probe, [this] { return segment_numbers(); },
               [this](std::uint64_t number) { return finish_segment(number); },
               [this](std::vector<std::uint64_t> numbers) { save_poisoned(std::move(numbers)); },
               [this](const File& file, std::uint64_t number, std::uint64_t begin,
                      std::uint64_t end) { keep_damage(file, number, begin, end); }}),
      id_(recovered.state.id),
      options_(options),
      catalog_(std::move(recovered.catalog)),
      retention_(catalog_, cursors_, probe),
      left_out_(std::move(recovered.state.left_out)),
      active_(files, path_),
      next_sequence_(recovered.next_sequence),
      times_(next_sequence_, clock) {
    catalog_.find_ages(clock);
    if (const auto segment = catalog_.from_future(clock.now())) {
        probe.segment_from_future(segment->number, segment->created);
    }
}

Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(const JournalOptions& options, FileSystem& files,
                                               const Clock& clock, JournalProbe& probe,
                                               const std::string& boot_id) {
    const auto opening = [&](const Error& cause) {
        return failure_while(fmt::format("open journal {}", options.path), cause);
    };
    if (auto made = make_directories(files, options.path); !made) return opening(made.error());
    auto lock = JournalLock::take(options.path);
    if (!lock) return std::unexpected(lock.error());
    auto recovered = recover(files, options.path, boot_id, probe);
    if (!recovered) return opening(recovered.error());
    std::unique_ptr<Journal> journal(
        new Journal(options, files, clock, probe, std::move(*lock), *recovered));
    if (auto begun = journal->begin(*recovered); !begun) return opening(begun.error());
    return journal;
}

// The state is durable before the first byte is cut or removed.
Result<> Journal::begin(const Recovered& recovered) {
    retention_.set_lower_end(recovered.state.lower_end);
    if (auto reserved = reservation_.reserve(next_sequence_); !reserved) return reserved;
    if (auto removed = remove_unused(recovered.unused); !removed) return removed;
    reserve_.take();
    bool has_cut = false;
    if (catalog_.empty()) {
        if (auto rolled = roll(); !rolled) return rolled;
    } else {
        const auto gone_on = active_.go_on(catalog_.last());
        if (!gone_on) return std::unexpected(gone_on.error());
        has_cut = *gone_on;
        syncer_.note_appended(active_.file());
    }
    if (recovered.is_same_boot) {
        if (auto taken = take_over_poisoned(recovered.state.poisoned); !taken) return taken;
        syncer_.distrust_all();
    }
    // What was cut off must not come back with a power cut, under no policy: good frames of an
    // unfinished append may be among it.
    if (has_cut) {
        if (auto synced = syncer_.sync(); !synced) return synced;
    }
    // What a crash left in the page cache is made durable before anything is built on it.
    return sync();
}

// For good: a part of an unfinished append may be in them.
Result<> Journal::remove_unused(const std::vector<std::uint64_t>& numbers) {
    for (const std::uint64_t number : numbers) {
        if (auto removed = files_.unlink(segment_path(path_, number)); !removed) return removed;
    }
    return numbers.empty() ? Result<>{} : files_.sync_directory(path_);
}

// What an earlier life in the same boot could not sync is as it was then.
Result<> Journal::take_over_poisoned(const std::vector<std::uint64_t>& poisoned) {
    for (const std::uint64_t number : poisoned) {
        if (!catalog_.numbered(number)) continue;
        auto file = open_segment(number);
        if (!file) return std::unexpected(file.error());
        syncer_.note_poisoned({number, std::move(*file)});
    }
    return {};
}

void Journal::change_options(const JournalOptions& options) {
    EVENTFWD_CHECK(options.path == path_);
    std::uint64_t journaled = 0;
    {
        const std::lock_guard lock(mutex_);
        if (options_.sync.when == SyncPolicy::When::never) syncer_.distrust_all();
        options_ = options;
        journaled = next_sequence_ - 1;
    }
    if (options.sync.when == SyncPolicy::When::never) synced_.reach(journaled);
}

SyncPolicy Journal::sync_policy() const {
    const std::lock_guard lock(mutex_);
    return options_.sync;
}

std::vector<std::string> Journal::known_sinks() const {
    return state_.state().known_sinks;
}

Result<> Journal::remember_sinks(const std::vector<std::string>& sinks) {
    const auto known = known_sinks();
    const auto is_known = [&](const std::string& sink) { return contains(known, sink); };
    if (std::ranges::all_of(sinks, is_known)) return {};
    return state_.change([&](JournalState& state) {
        std::ranges::copy_if(sinks, std::back_inserter(state.known_sinks), std::not_fn(is_known));
    });
}

Result<> Journal::close() {
    {
        // After an orderly stop what follows a frame is damage: what a failed append left is gone,
        // durably.
        const std::lock_guard lock(mutex_);
        if (auto cut = active_.cut_leftover(); !cut) return cut;
        syncer_.note_appended(active_.file());
    }
    if (auto synced = sync(); !synced) return synced;
    const std::lock_guard lock(mutex_);
    return reservation_.give_back(next_sequence_);
}

}  // namespace eventfwd

#include "journal/segment_syncer.h"

#include <algorithm>
#include <utility>

namespace eventfwd {

void SegmentSyncer::note_begun(const SegmentFile& segment) {
    const std::lock_guard lock(mutex_);
    unsynced_.push_back(segment);
    has_unsynced_names_ = true;
}

// Where others wait already, it is among them since it was begun.
void SegmentSyncer::note_appended(const SegmentFile& segment) {
    const std::lock_guard lock(mutex_);
    if (unsynced_.empty()) unsynced_.push_back(segment);
}

void SegmentSyncer::note_poisoned(const SegmentFile& segment) {
    const std::lock_guard lock(mutex_);
    poisoned_.push_back(segment);
}

void SegmentSyncer::distrust_all() {
    const std::lock_guard lock(mutex_);
    is_all_distrusted_ = true;
}

bool SegmentSyncer::has_work() const {
    const std::lock_guard lock(mutex_);
    return !unsynced_.empty() || !poisoned_.empty();
}

void SegmentSyncer::let_go() {
    const std::lock_guard lock(mutex_);
    unsynced_.clear();
    has_unsynced_names_ = false;
}

Result<> SegmentSyncer::sync() {
    auto synced = sync_noted();
    syncing_.note(synced, [this](const Error& error) { parts_.probe.sync_failed(error); });
    return synced;
}

// A file's name is durable before anything in it counts as synced.
Result<> SegmentSyncer::sync_noted() {
    std::vector<SegmentFile> segments;
    bool has_names = false;
    bool is_all = false;
    {
        const std::lock_guard lock(mutex_);
        segments.swap(unsynced_);
        has_names = std::exchange(has_unsynced_names_, false);
        is_all = std::exchange(is_all_distrusted_, false);
    }
    Result<> synced;
    if (has_names || is_all) synced = parts_.files.sync_directory(parts_.directory);
    if (synced && is_all) synced = sync_all();
    if (!synced) {
        const std::lock_guard lock(mutex_);
        unsynced_.insert(unsynced_.begin(), segments.begin(), segments.end());
        has_unsynced_names_ = true;
        is_all_distrusted_ |= is_all;
        return synced;
    }
    for (const SegmentFile& segment : segments) {
        if (auto done = segment.file->sync_data(); !done) poison(segment, done.error());
    }
    return rescue_poisoned();
}

// Where it is not known which segments have been synced, because an earlier life in the same boot
// wrote them or the policy was not to, all are, which costs little where nothing is left to write.
// One after the other, for there can be more than a process may have open.
Result<> SegmentSyncer::sync_all() {
    for (const std::uint64_t number : parts_.segments()) {
        auto file = parts_.files.open(segment_path(parts_.directory, number), OpenMode::read);
        if (!file && file.error().code == ENOENT) continue;  // removed meanwhile
        if (!file) return std::unexpected(file.error());
        const auto synced = (*file)->sync_data();
        if (!synced) poison({number, std::move(*file)}, synced.error());
    }
    return {};
}

void SegmentSyncer::poison(const SegmentFile& segment, const Error& error) {
    {
        const std::lock_guard lock(mutex_);
        if (std::ranges::find(poisoned_, segment.number, &SegmentFile::number) != poisoned_.end()) {
            return;
        }
        poisoned_.push_back(segment);
    }
    parts_.probe.segment_poisoned(segment.number, error);
    save_poisoned();
}

// Writes what poisoned segments hold once more. Fails at the first one with which that fails.
Result<> SegmentSyncer::rescue_poisoned() {
    bool has_rescued = false;
    Result<> done;
    while (done) {
        SegmentFile segment;
        {
            const std::lock_guard lock(mutex_);
            if (poisoned_.empty()) break;
            segment = poisoned_.front();
        }
        done = rescue(segment);
        if (!done) break;
        has_rescued = true;
        const std::lock_guard lock(mutex_);
        poisoned_.erase(poisoned_.begin());
    }
    if (has_rescued) save_poisoned();
    return done;
}

// Once done, it stands in the journal on stable storage, or is not in the journal any more.
Result<> SegmentSyncer::rescue(const SegmentFile& segment) {
    const auto finished = parts_.finish(segment.number);
    if (!finished) return std::unexpected(finished.error());
    if (!*finished) return {};
    auto done = rescue_segment(parts_.files, parts_.directory, **finished, *segment.file,
                               parts_.keep_damage);
    if (done) parts_.probe.segment_rescued(segment.number);
    return done;
}

void SegmentSyncer::save_poisoned() {
    std::vector<std::uint64_t> numbers;
    {
        const std::lock_guard lock(mutex_);
        for (const SegmentFile& segment : poisoned_)
            numbers.push_back(segment.number);
    }
    parts_.save_poisoned(std::move(numbers));
}

}  // namespace eventfwd

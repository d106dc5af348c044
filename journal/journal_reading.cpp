// What readers and the status ask of the journal.
#include <algorithm>

#include "journal/journal.h"
#include "journal/quarantine.h"

namespace eventfwd {

JournalEnd Journal::end() const {
    const std::lock_guard lock(mutex_);
    return {active_.number(), active_.bytes(), next_sequence_};
}

JournalStatus Journal::status() const {
    const std::lock_guard lock(mutex_);
    return {catalog_.empty() ? next_sequence_ : catalog_.first().first_sequence,
            next_sequence_ - 1,
            catalog_.bytes(),
            catalog_.size(),
            synced_sequence_,
            left_out_.total()};
}

std::chrono::microseconds Journal::age_of(std::uint64_t sequence, Instant before) const {
    const std::lock_guard lock(mutex_);
    return std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady_now() -
                                                                 times_.at(sequence, before));
}

std::uint64_t Journal::bytes_above(std::uint64_t sequence) const {
    const std::lock_guard lock(mutex_);
    return catalog_.bytes_between(sequence + 1, next_sequence_);
}

ReadingPlace Journal::place(std::uint64_t sequence, std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    ReadingPlace place{retention_.lower_end(), next_sequence_, std::nullopt, std::nullopt};
    place.segment = number == 0 ? catalog_.holding(sequence) : catalog_.numbered(number);
    place.after = catalog_.after(place.segment ? place.segment->number : number);
    return place;
}

JournalSnapshot Journal::snapshot() const {
    const std::lock_guard lock(mutex_);
    return {catalog_, next_sequence_};
}

Gap Journal::explain_gap(std::uint64_t begin, std::uint64_t end) const {
    const std::lock_guard lock(mutex_);
    if (left_out_.contains(begin)) {
        return {Gap::Why::left_out, begin, std::min(left_out_.end_of(begin), end)};
    }
    end = std::min(end, left_out_.next(begin).value_or(end));
    const std::uint64_t lower = retention_.lower_end();
    if (begin < lower) return {Gap::Why::shed, begin, std::min(lower, end)};
    return {Gap::Why::damaged, begin, end};
}

bool Journal::was_left_out(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    return left_out_.contains(number);
}

Result<std::unique_ptr<File>> Journal::open_segment(std::uint64_t number) const {
    return files_.open(segment_path(path_, number), OpenMode::read);
}

void Journal::keep_damage(const File& file, std::uint64_t number, std::uint64_t begin,
                          std::uint64_t end) const {
    const std::lock_guard lock(quarantine_mutex_);
    if (files_.status(quarantine_path(path_, number, begin, end))) return;
    const auto kept = quarantine(files_, path_, file, number, begin, end);
    probe_.damage_found(segment_path(path_, number), begin, end, kept.value_or(""));
}

}  // namespace eventfwd

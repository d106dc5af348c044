#include "journal/retention.h"

#include <algorithm>

namespace eventfwd {

void Retention::set_lower_end(std::uint64_t lower_end) {
    lower_end_ = lower_end;
    while (catalog_.size() > 1 && catalog_.all()[1].first_sequence <= lower_end_)
        release_first();
}

// There is another segment behind the first.
void Retention::release_first() {
    leaving_.push_back(catalog_.first().number);
    catalog_.drop_first();
    lower_end_ = std::max(lower_end_, catalog_.first().first_sequence);
}

// Whether every sink has all of the first segment; there is another one behind it.
bool Retention::is_first_delivered() const {
    const auto lowest = cursors_.lowest();
    return !lowest || *lowest + 1 >= catalog_.all()[1].first_sequence;
}

void Retention::release_delivered(const JournalOptions& options, SteadyInstant now) {
    while (catalog_.size() > 1 && is_first_delivered()) {
        // The next segment was begun right after the last frame of the first.
        const SteadyInstant ended = catalog_.all()[1].begun;
        if (options.retain.count() > 0 && now - ended < options.retain) return;
        release_first();
    }
}

// Delivered ones that are only retained go first, and are no loss. False where the first has to
// stay.
bool Retention::shed_first(const JournalOptions& options, std::string_view why) {
    if (catalog_.size() < 2) return false;
    if (!is_first_delivered()) {
        if (options.when_full == WhenFull::refuse) return false;
        probe_.segment_dropped(catalog_.first().number, why);
    }
    release_first();
    return true;
}

bool Retention::make_room(const JournalOptions& options, std::uint64_t bytes) {
    while (catalog_.bytes() + bytes > options.bytes_max) {
        if (!shed_first(options, "max_size is reached")) return false;
    }
    return true;
}

void Retention::make_room_on_disk(const JournalOptions& options) {
    if (leaving_.empty()) shed_first(options, "the disk is full");
}

void Retention::forget(const std::vector<std::uint64_t>& removed) {
    for (const std::uint64_t number : removed)
        std::erase(leaving_, number);
}

}  // namespace eventfwd

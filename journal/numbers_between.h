// From times to numbers, by the instants at which events were journaled. Numbers are in order;
// instants are not where the wall clock was set ahead or back.
#pragma once

#include "core/clock.h"
#include "journal/journal_view.h"

namespace eventfwd {

// Instants [since, until).
struct TimeWindow {
    Instant since = Instant::min();
    Instant until = Instant::max();

    bool contains(Instant instant) const { return since <= instant && instant < until; }
};

// The first event of JOURNAL that was journaled within WINDOW; the number of the next event to come
// where there is none. Reads one segment, and each further one whose times can be in the window.
Result<std::uint64_t> first_number_in(const JournalView& journal, const TimeWindow& window);

// The number behind the last event that was journaled within WINDOW; 1 where there is none. All
// events of the window are between the two, and where instants are not in order others as well.
Result<std::uint64_t> end_number_in(const JournalView& journal, const TimeWindow& window);

}  // namespace eventfwd

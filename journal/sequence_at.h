// From a time to a number, by the instants at which events were journaled.
#pragma once

#include "core/clock.h"
#include "journal/journal_view.h"

namespace eventfwd {

// The first event of JOURNAL that was journaled at INSTANT or later; the number of the next event
// to come where there is none yet. Reads one segment.
Result<std::uint64_t> sequence_at(const JournalView& journal, Instant instant);

}  // namespace eventfwd

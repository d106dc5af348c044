// What became of the events that a sink was to have, in sequence numbers since it joined the
// journal. Saved with the cursor, so that it goes on over restarts. It closes by construction:
// every number that the cursor passes is counted in exactly one place.
#pragma once

#include <cstdint>

#include "core/record_file.h"
#include "journal/gap.h"

namespace eventfwd {

struct Ledger {
    std::uint64_t joined = 0;  // the cursor with which the sink joined
    std::uint64_t delivered = 0;
    std::uint64_t filtered = 0;  // not meant for this sink, by its match
    std::uint64_t dead_lettered = 0;
    std::uint64_t shed_full = 0;     // given up because the journal was full
    std::uint64_t shed_skipped = 0;  // given up by the operator
    std::uint64_t shed_damaged = 0;  // lost to damage
    std::uint64_t shed_unknown = 0;  // left out by a start of the journal: most were never issued
    // Beside the equation.
    std::uint64_t in_doubt = 0;
    std::uint64_t replayed = 0;
    std::uint64_t letters_delivered = 0;  // dead letters that went when they were retried
    std::uint64_t retries = 0;

    // Adds COUNTS to these; joined stays.
    void add(const Ledger& counts);
    // What is beside the equation becomes that of OTHER.
    void take_beside(const Ledger& other);

    void save(Record& record) const;
    static Ledger load(const Record& record);
};

// Where the numbers of a gap are counted.
std::uint64_t Ledger::* counter_of(Gap::Why why);

}  // namespace eventfwd

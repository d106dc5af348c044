// One snapshot of the whole daemon.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/clock.h"
#include "daemon/dead_letters/dead_letters.h"
#include "daemon/deliver/courier_status.h"
#include "daemon/status/kept_counts.h"
#include "journal/journal.h"

namespace eventfwd {

struct InputStatus {
    std::string name;
    InputCounts counts;
    std::vector<std::string> listens_on;
    bool waits_for_room = false;  // the journal is full
};

struct SinkStatus {
    std::string name;
    CourierStatus courier;
    std::uint64_t pending_bytes = 0;   // about, in the journal
    std::chrono::microseconds lag{0};  // since the first one that is pending was journaled
};

struct Status {
    std::string version;
    double uptime_seconds = 0;
    JournalStatus journal;
    std::uint64_t recovered = 0;  // events that a start found in the journal, and in no counter
    std::uint64_t lost = 0;       // events that a start found in a counter, and not in the journal
    std::uint64_t retried_events = 0;  // journaled by retries of inputs' dead letters
    std::vector<InputStatus> inputs;
    std::vector<SinkStatus> sinks;
    DeadLetters::CountsByOrigin dead_letters;
};

}  // namespace eventfwd

// The status: one snapshot of the whole daemon, and its JSON.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/deliver/courier.h"
#include "daemon/intake/intake.h"
#include "journal/journal.h"

namespace eventfwd {

struct InputStatus {
    std::string name;
    IntakeCounts counts;
    std::uint64_t kernel_drops = 0;
    std::vector<std::string> listens_on;
    bool waits_for_room = false;  // the journal is full
};

struct SinkStatus {
    std::string name;
    CourierStatus courier;
    std::uint64_t pending_bytes = 0;  // about, in the journal
};

struct Status {
    std::string version;
    double uptime_seconds = 0;
    Instant now;
    JournalStatus journal;
    std::vector<InputStatus> inputs;
    std::vector<SinkStatus> sinks;
    DeadLetters::Counts dead_letters;
};

// The JSON that `eventfwd status --json` prints, on one line.
std::string to_json(const Status& status);

}  // namespace eventfwd

// What the journal knows beside its segments, in the small file "state": who it is, which numbers
// it may have issued, and below which it gave events up on purpose.
#pragma once

#include <string>
#include <vector>

#include "core/record_file.h"
#include "journal/left_out.h"

namespace eventfwd {

// Numbers are reserved in blocks, durably, before the first of a block is issued. After a power cut
// the tail of the journal may be gone, and with it the knowledge of the last number: the next start
// goes on above the reservation, so that no number ever means two events; and starts after that
// one do not fall below where it went on, even if it journaled nothing.
constexpr std::uint64_t kReservationBlock = 1 << 20;

struct JournalState {
    JournalId id{};
    std::string boot_id;          // of the boot in which the numbers below the ceiling were issued
    std::uint64_t ceiling = 1;    // every number issued is below it
    bool is_closed = false;       // the last stop was orderly: the ceiling is the next number
    std::uint64_t lower_end = 1;  // events below it were removed on purpose
    std::vector<std::uint64_t> poisoned;  // segments whose sync failed in this boot
    std::vector<std::string> known_sinks;
    LeftOut left_out;
};

Result<> save_state(FileSystem& files, const std::string& directory, const JournalState& state);
// ENOENT where there is none, EBADMSG where it is damaged, ENOTSUP where a newer eventfwd wrote it
// in a format that is not known.
Result<JournalState> load_state(FileSystem& files, const std::string& directory);

JournalId make_journal_id();
std::string to_text(const JournalId& id);

// The id of the running boot; another one after every start of the machine. Empty where the system
// does not tell.
std::string current_boot_id();

}  // namespace eventfwd

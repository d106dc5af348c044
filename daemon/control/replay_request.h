// What an operator asks to be sent again, and which numbers that are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "journal/journal.h"

namespace eventfwd {

struct ReplayRequest {
    std::string sink;
    std::optional<std::uint64_t> from;  // a number; or else
    std::optional<Instant> since;       // an instant of the journal's
    std::optional<std::uint64_t> to;    // the last one; without either, all that the sink has had
    std::optional<Instant> until;
};

// "NAME from N|since MICROSECONDS [to N|until MICROSECONDS]", and back.
std::optional<ReplayRequest> parse_replay_request(std::string_view text);
std::string to_text(const ReplayRequest& request);

// The numbers that JOURNAL has of what is asked for. CURSOR is the sink's: what it has not had is
// on its way anyhow. Fails, with the reason, where there is nothing to send again.
Result<SequenceRange> find_range(const ReplayRequest& request, const Journal& journal,
                                 std::uint64_t cursor);

}  // namespace eventfwd

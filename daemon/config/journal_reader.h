// The section `journal`: read, described and warned of.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/config/read_context.h"
#include "daemon/config/warning.h"
#include "journal/journal.h"

namespace eventfwd {

JournalOptions read_journal(Section section, ReadContext& context);

// "/var/lib/eventfwd/journal, at most 8GiB in segments of 64MiB, …"
std::string describe(const JournalOptions& journal);

// SINKS: how many of them there are.
Warnings warnings_of(const JournalOptions& journal, std::size_t sinks);

// "never", "always" or a duration; nothing for anything else.
std::optional<SyncPolicy> parse_sync_policy(std::string_view text);

}  // namespace eventfwd

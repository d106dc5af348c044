// The section `sinks`: what every sink has, and by its type what it alone has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/read_context.h"
#include "daemon/config/warning.h"

namespace eventfwd {

// DURABLE_CURSORS: unless the journal is never synced either.
std::vector<SinkSettings> read_sinks(Section& root, ReadContext& context, bool durable_cursors);

// The values of `type`.
std::vector<std::string_view> sink_types();

// "file /var/log/eventfwd/events.log, … (format: line)"
std::string describe(const SinkSettings& sink);

Warnings warnings_of(const SinkSettings& sink);

}  // namespace eventfwd

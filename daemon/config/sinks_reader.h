// The section `sinks`.
#pragma once

#include <vector>

#include "daemon/config/read_context.h"

namespace eventfwd {

// DURABLE_CURSORS: unless the journal is never synced either.
std::vector<SinkSettings> read_sinks(Section& root, ReadContext& context, bool durable_cursors);

}  // namespace eventfwd

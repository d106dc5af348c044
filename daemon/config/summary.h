// What `eventfwd check` says of a valid configuration. Pure: each part's own line and its warnings
// are made beside its reader.
#pragma once

#include <string>

#include "daemon/config/settings.h"

namespace eventfwd {

// What would run: a heading for each part, and a line for each input and sink.
std::string summary_of(const Settings& settings);

// What an operator should know before it hurts.
Diagnostics warnings_of(const ReadSettings& read);

}  // namespace eventfwd

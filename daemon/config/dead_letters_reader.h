// The section `dead_letters`: read and described.
#pragma once

#include <string>

#include "daemon/config/read_context.h"

namespace eventfwd {

DeadLetterOptions read_dead_letters(Section section, ReadContext& context);

// "/var/lib/eventfwd/dead-letters, at most 64MiB"
std::string describe(const DeadLetterOptions& dead_letters);

}  // namespace eventfwd

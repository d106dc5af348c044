// The section `inputs`: read, described and warned of.
#pragma once

#include <string>
#include <vector>

#include "daemon/config/read_context.h"
#include "daemon/config/warning.h"

namespace eventfwd {

std::vector<InputSettings> read_inputs(Section& root, ReadContext& context);

// "udp 127.0.0.1:8514 [::1]:8514"
std::string describe(const InputSettings& input);

Warnings warnings_of(const InputSettings& input);

}  // namespace eventfwd

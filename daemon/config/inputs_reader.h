// The section `inputs`: read, described and warned of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/read_context.h"
#include "daemon/config/warning.h"

namespace eventfwd {

std::vector<InputSettings> read_inputs(Section& root, ReadContext& context);

// The values of `type`.
std::vector<std::string_view> input_types();

// "udp 127.0.0.1:8514 [::1]:8514"
std::string describe(const InputSettings& input);

Warnings warnings_of(const InputSettings& input);

}  // namespace eventfwd

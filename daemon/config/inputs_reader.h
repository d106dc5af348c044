// The section `inputs`.
#pragma once

#include <vector>

#include "daemon/config/read_context.h"

namespace eventfwd {

std::vector<InputSettings> read_inputs(Section& root, ReadContext& context);

}  // namespace eventfwd

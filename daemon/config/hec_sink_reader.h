// The options of a sink of type hec.
#pragma once

#include "daemon/config/read_context.h"
#include "sinks/hec/hec_options.h"

namespace eventfwd {

HecSinkOptions read_hec_sink(Section& section, ReadContext& context);

}  // namespace eventfwd

// The options of a sink of type hec: read, described and warned of.
#pragma once

#include <string>

#include "daemon/config/read_context.h"
#include "daemon/config/warning.h"
#include "sinks/hec/hec_options.h"

namespace eventfwd {

Destination read_hec_sink(Section& section, ReadContext& context, const CourierOptions& courier);
std::string describe(const HecSinkOptions& hec);
Warnings warnings_of(const HecSinkOptions& hec);

}  // namespace eventfwd

// The options of a sink of type stdout: read, described and warned of.
#pragma once

#include <string>

#include "daemon/config/read_context.h"
#include "daemon/config/warning.h"
#include "sinks/stdout/stdout_options.h"

namespace eventfwd {

Destination read_stdout_sink(Section& section, ReadContext& context, const CourierOptions& courier);
std::string describe(const StdoutSinkOptions& options);
Warnings warnings_of(const StdoutSinkOptions& options);

}  // namespace eventfwd

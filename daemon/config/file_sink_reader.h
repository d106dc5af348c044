// The options of a sink of type file: read, described and warned of.
#pragma once

#include <string>

#include "daemon/config/read_context.h"
#include "daemon/config/warning.h"
#include "sinks/file/file_options.h"

namespace eventfwd {

Destination read_file_sink(Section& section, ReadContext& context, const CourierOptions& courier);
std::string describe(const FileSinkOptions& file);
Warnings warnings_of(const FileSinkOptions& file);

}  // namespace eventfwd

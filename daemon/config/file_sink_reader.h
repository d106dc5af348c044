// The options of a sink of type file.
#pragma once

#include "daemon/config/read_context.h"

namespace eventfwd {

FileSinkOptions read_file_sink(Section& section, ReadContext& context);

}  // namespace eventfwd

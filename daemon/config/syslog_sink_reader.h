// The options of a syslog sink.
#pragma once

#include "daemon/config/read_context.h"
#include "sinks/syslog/syslog_options.h"

namespace eventfwd {

SyslogSinkOptions read_syslog_sink(Section& section, ReadContext& context);

}  // namespace eventfwd

// The options of a sink of type syslog: read, described and warned of.
#pragma once

#include <string>

#include "daemon/config/read_context.h"
#include "daemon/config/warning.h"
#include "sinks/syslog/syslog_options.h"

namespace eventfwd {

Destination read_syslog_sink(Section& section, ReadContext& context, const CourierOptions& courier);
std::string describe(const SyslogSinkOptions& syslog);
Warnings warnings_of(const SyslogSinkOptions& syslog);

}  // namespace eventfwd

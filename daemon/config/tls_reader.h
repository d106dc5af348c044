// The section `tls` of a sink.
#pragma once

#include "daemon/config/read_context.h"
#include "net/tls_options.h"

namespace eventfwd {

// Every file that it names is read, too, so that what is wrong with one is told at once.
TlsOptions read_tls(Section section, ReadContext& context);

}  // namespace eventfwd

// The section `quotas`.
#pragma once

#include "daemon/config/section.h"
#include "daemon/intake/quota_options.h"

namespace eventfwd {

QuotaOptions read_quotas(Section section);

}  // namespace eventfwd

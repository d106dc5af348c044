// The equations of the status. A snapshot in which one does not hold is a fault of this program:
// events are counted twice, or not at all.
#pragma once

#include <string>
#include <vector>

#include "daemon/status/status.h"

namespace eventfwd {

//     each input   received = accepted + refused
//     the journal  accepted by all + recovered + retried_events - lost = last - left_out
//     each sink    last - joined = delivered + filtered + dead_lettered + shed + pending
//
// A text for each that does not hold in STATUS.
std::vector<std::string> ledger_faults(const Status& status);

}  // namespace eventfwd

// The one place that knows which class runs a type of input.
#pragma once

#include <memory>
#include <vector>

#include "daemon/config/settings.h"
#include "daemon/inputs/datagram_input.h"
#include "daemon/inputs/input.h"

namespace eventfwd {

// SOCKETS are those of SETTINGS, open. WAITING is what an input before this one was halted with.
std::unique_ptr<Input> make_input(const InputSettings& settings,
                                  std::vector<DatagramSocket> sockets,
                                  const DatagramInput::Parts& parts, WaitingBlocks waiting);

}  // namespace eventfwd

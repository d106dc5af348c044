// The golden packets: what must come of each, shared by the tests of the decoder, of the command
// line and of the real sockets.
#pragma once

#include <string>
#include <vector>

#include "core/clock.h"

namespace eventfwd::test {

struct GoldenPacket {
    std::string name;
    std::string packet;
    Instant received_at;
    std::string default_application;
    std::vector<std::string> expected;  // a line, or "refused: REASON"
};

std::vector<GoldenPacket> load_golden_packets();

}  // namespace eventfwd::test

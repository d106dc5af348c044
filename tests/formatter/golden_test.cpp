#include <gtest/gtest.h>

#include "support/decoded.h"
#include "support/golden.h"

namespace eventfwd {
namespace {

TEST(GoldenPackets, AllGiveTheirLinesAndRefusals) {
    const auto packets = test::load_golden_packets();
    ASSERT_GT(packets.size(), 100U);
    for (const test::GoldenPacket& golden : packets) {
        EXPECT_EQ(test::decoded(golden.packet, {}, golden.received_at, golden.default_application),
                  golden.expected)
            << golden.name;
    }
}

TEST(GoldenPackets, TheirLinesAreThemselvesPackets) {
    for (const test::GoldenPacket& golden : test::load_golden_packets()) {
        for (const std::string& line : golden.expected) {
            if (line.starts_with("refused: ") || line.size() > 60000) continue;
            EXPECT_EQ(test::decoded(line), std::vector{line}) << golden.name;
        }
    }
}

}  // namespace
}  // namespace eventfwd

#include "daemon/deliver/replay.h"

#include <gtest/gtest.h>

#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

using test::Found;

class ReplayTest : public test::JournalFixture<> {
  protected:
    // All that REPLAY gives, batch by batch, each settled but for those numbered in REFUSED.
    Found run(Replay& replay, std::size_t count_max, std::vector<RefusedLine> refused = {}) {
        Found lines;
        while (true) {
            boost::asio::io_context io;
            InFlightBatch in_flight(io);
            in_flight.reserve(1 << 20);
            const auto loaded = replay.load(in_flight, 1 << 20, count_max);
            if (!loaded || !*loaded) return lines;
            in_flight.keep({in_flight.runs(), in_flight.runs(), in_flight.count(), true});
            LineWalk walk(in_flight.batch.runs);
            for (std::size_t left = in_flight.batch.count; left > 0; --left) {
                std::string_view line = walk.next();
                line.remove_suffix(1);
                lines.emplace_back(line);
            }
            replay.settle(in_flight, std::exchange(refused, {}));
        }
    }
};

TEST_F(ReplayTest, GivesTheNumbersOfItsRangeInOrder) {
    open();
    append({"a", "b"});
    append({"c", "d", "e"});
    Replay replay(*journal_, {2, 4});
    EXPECT_EQ(run(replay, 2), (Found{"b", "c", "d"}));
    EXPECT_TRUE(replay.status().is_over);
    EXPECT_EQ(replay.status().total, 3U);
    EXPECT_EQ(replay.status().done, 3U);
    EXPECT_EQ(replay.status().sent, 3U);
}

TEST_F(ReplayTest, GivesABatchThatWasNotSettledAgain) {
    open();
    append({"a", "b", "c"});
    Replay replay(*journal_, {1, 3});
    boost::asio::io_context io;
    for (int attempt = 0; attempt < 2; ++attempt) {
        InFlightBatch in_flight(io);
        in_flight.reserve(1000);
        ASSERT_TRUE(replay.load(in_flight, 1000, 2).value());
        EXPECT_EQ(in_flight.begin, 1U);
        EXPECT_EQ(in_flight.count(), 2U);
    }
    EXPECT_EQ(run(replay, 100), (Found{"a", "b", "c"}));
}

TEST_F(ReplayTest, CountsWhatIsRefusedAndWhatIsGone) {
    open();
    append({"a"});
    const std::uint64_t second = segment_size(1);
    append({"b"});
    append({"c"});
    crash();
    flip_byte(segment(1), second + kFrameHeaderBytes);
    open();
    Replay replay(*journal_, {1, 3});
    EXPECT_EQ(run(replay, 100, {{0, "bad", ""}}), (Found{"a", "c"}));
    EXPECT_EQ(replay.status().refused, 1U);
    EXPECT_EQ(replay.status().gone, 1U);
    EXPECT_EQ(replay.status().sent, 1U);
}

}  // namespace
}  // namespace eventfwd

// The moving fault: fail the n-th call, n = 1 … until a run is clean, and after each run open the
// journal again on a file system that is well. What was acknowledged must be there, once, in order.
#include "support/faulty_file_system.h"
#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

using test::FaultyFileSystem;
using test::Found;

class MovingFault : public test::JournalFixture<FaultyFileSystem>,
                    public testing::WithParamInterface<std::pair<int, FaultyFileSystem::Fault>> {
  protected:
    MovingFault() {
        options_.segment_bytes = 400;
        options_.bytes_max = 1 << 20;
        options_.when_full = WhenFull::refuse;  // else a full disk gives the oldest up, rightly
    }

    // A life of a journal; whatever fails is given up, as a daemon would that is told about it.
    Found run() {
        Found acknowledged;
        if (!try_open()) return acknowledged;
        journal_->cursors().hold("sink", 0);
        for (int i = 0; i < 12; ++i) {
            const std::string line = "event " + std::to_string(i) + std::string(80, '.');
            if (const auto range = try_append({line})) {
                acknowledged.push_back(std::to_string(range->first) + " " + line);
            }
            if (i % 4 == 3) {
                [[maybe_unused]] const auto synced = journal_->sync();
                journal_->maintain();
            }
        }
        [[maybe_unused]] const auto closed = journal_->close();
        return acknowledged;
    }
};

TEST_P(MovingFault, LosesNothingThatWasAcknowledged) {
    const auto [code, fault] = GetParam();
    int runs = 0;
    for (int nth = 1;; ++nth, ++runs) {
        options_.path = directory_ / ("journal-" + std::to_string(nth));
        files_.fail_call(nth, code, fault);
        const Found acknowledged = run();
        const bool has_fired = files_.has_fired();
        files_.fail_call(0, 0);
        crash();
        open();
        Found found = read();
        std::erase_if(found, [](const std::string& entry) { return entry.starts_with("gap"); });
        ASSERT_EQ(found, acknowledged) << "call " << nth;
        ASSERT_GT(append({"after"}).first, acknowledged.size());
        if (!has_fired && fault == FaultyFileSystem::Fault::error) break;
        if (nth > 200) break;
    }
    EXPECT_GT(runs, 30);
}

class MovingFaultAtTheStart : public test::JournalFixture<FaultyFileSystem> {};

// The damaged bytes are all that shows that number 2 was issued, until that is written down.
TEST_F(MovingFaultAtTheStart, NeverIssuesTheNumberOfADamagedFrameAgain) {
    for (int nth = 1;; ++nth) {
        options_.path = directory_ / ("journal-" + std::to_string(nth));
        open();
        append({"a"});
        append({"b"});
        crash();
        flip_byte(segment(1), segment_size(1) - 2);
        files_.fail_call(nth, EIO);
        [[maybe_unused]] const auto opened = try_open();
        const bool has_fired = files_.has_fired();
        files_.fail_call(0, 0);
        crash();
        open();
        ASSERT_GT(append({"c"}).first, 2U) << "call " << nth;
        if (!has_fired) break;
    }
}

INSTANTIATE_TEST_SUITE_P(Journal, MovingFault,
                         testing::Values(std::pair{EIO, FaultyFileSystem::Fault::error},
                                         std::pair{ENOSPC, FaultyFileSystem::Fault::error},
                                         std::pair{EDQUOT, FaultyFileSystem::Fault::error},
                                         std::pair{EFBIG, FaultyFileSystem::Fault::error},
                                         std::pair{EINTR, FaultyFileSystem::Fault::error},
                                         std::pair{0, FaultyFileSystem::Fault::short_write}));

}  // namespace
}  // namespace eventfwd

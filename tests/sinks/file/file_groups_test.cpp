// Batches for more files than may be open at once are delivered group by group.
#include <sys/resource.h>

#include "sinks/file/file_sink_fixture.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

std::size_t open_descriptors() {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

class FileGroupsTest : public FileSinkTest {
  protected:
    FileGroupsTest() {
        options_.path = directory_ / "logs/{application}.log";
        options_.open_files_max = 4;
    }
    // A line of each application.
    static std::string round_of(int applications, int number) {
        std::string lines;
        for (int n = 0; n < applications; ++n)
            lines += line("app" + std::to_string(n), number);
        return lines;
    }
    // Whether each file holds its line of FIRST to LAST, once and in order.
    void expect_rounds(int applications, int first, int last) {
        for (int n = 0; n < applications; ++n) {
            const std::string name = "app" + std::to_string(n);
            std::string wanted;
            for (int number = first; number <= last; ++number)
                wanted += line(name, number);
            ASSERT_EQ(content(name + ".log"), wanted);
        }
    }
    Result<> save() override {
        if (fails_to_save_) return failure("save");
        ++saves_;
        saved_ = settled_;
        most_open_ = std::max(most_open_, open_descriptors());
        return FileSinkTest::save();
    }

    int saves_ = 0;
    bool fails_to_save_ = false;
    int settled_ = 0;  // rounds
    int saved_ = 0;    // of them, in the cursor
    std::size_t most_open_ = 0;
};

TEST_F(FileGroupsTest, DeliversABatchForMoreFilesThanMayBeOpen) {
    make();
    const std::size_t before = open_descriptors();
    for (int number = 1; number <= 3; ++number)
        send(round_of(50, number));
    expect_rounds(50, 1, 3);
    EXPECT_GE(saves_, 3 * 50 / 4);  // before the first line of each file
    EXPECT_LE(most_open_ - before, 4U);
    EXPECT_LE(open_descriptors() - before, 4U);
    ASSERT_TRUE(FileSinkTest::save());
    EXPECT_LE(cursor_.all("file").size(), 4U);
}

TEST_F(FileGroupsTest, DeliversExactlyOnceOverAKillBetweenTwoGroups) {
    make();
    send(round_of(20, 1));
    ASSERT_TRUE(save());
    settles_ = false;
    send(round_of(20, 2));
    settles_ = true;
    crash();  // with the cursor of the last group
    send(round_of(20, 2) + round_of(20, 3));
    expect_rounds(20, 1, 3);
    EXPECT_EQ(foreign_, 0);
}

TEST_F(FileGroupsTest, DeliversExactlyOnceWhereABatchComesAgainInSmallerOnes) {
    make();
    settles_ = false;
    send(round_of(20, 1) + round_of(20, 2));
    settles_ = true;
    crash();
    send(round_of(20, 1));
    ASSERT_TRUE(save());
    crash();
    send(round_of(20, 2) + round_of(20, 3));
    expect_rounds(20, 1, 3);
    EXPECT_EQ(foreign_, 0);
}

// The moving fault: whichever call fails, with or without a kill behind it. After a kill all comes
// again from where the cursor stands.
TEST_F(FileGroupsTest, DeliversOnceWhicheverCallFails) {
    for (const bool is_killed : {false, true}) {
        for (int nth = 1; nth < 1000; ++nth) {
            SCOPED_TRACE("call " + std::to_string(nth) + (is_killed ? ", killed" : ""));
            std::filesystem::remove_all(directory_ / "logs");
            cursor_ = Record();
            settled_ = saved_ = 0;
            make();
            files_.fail_call(nth, EIO);
            for (int attempts = 0; settled_ < 3; ++attempts) {
                ASSERT_LT(attempts, 9);
                if (try_send(round_of(9, settled_ + 1)).kind == Outcome::Kind::delivered) {
                    ++settled_;
                } else if (is_killed) {
                    crash();
                    settled_ = saved_;
                }
            }
            const bool has_fired = files_.has_fired();
            files_.fail_call(0, 0);
            expect_rounds(9, 1, 3);
            if (HasFatalFailure() || !has_fired) break;
            ASSERT_LT(nth, 999);
        }
    }
    EXPECT_EQ(foreign_, 0);
}

TEST_F(FileGroupsTest, DeliversExactlyOnceWhereTheFirstTryToSaveTheCursorFailed) {
    make();
    fails_to_save_ = true;
    EXPECT_EQ(try_send(round_of(3, 1)).kind, Outcome::Kind::try_again);
    fails_to_save_ = false;
    settles_ = false;
    send(round_of(3, 1));  // into files that are open already
    settles_ = true;
    crash();
    send(round_of(3, 1) + round_of(3, 2));
    expect_rounds(3, 1, 2);
}

TEST_F(FileGroupsTest, DeliversWhereTheProcessMayOpenFewerFilesThanTheOptionSays) {
    options_.open_files_max = 100'000;
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit limit{open_descriptors() + 40, before.rlim_max};
    make();
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    std::vector<Outcome> outcomes;
    for (int number = 1; number <= 2; ++number)
        outcomes.push_back(try_send(round_of(200, number)));
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    for (const Outcome& outcome : outcomes)
        EXPECT_EQ(outcome.kind, Outcome::Kind::delivered) << outcome.reason;
    expect_rounds(200, 1, 2);
}

TEST_F(FileGroupsTest, SaysThatNoFileCanBeClosedForAnother) {
    make();
    files_.refuse("sync", ".log", EIO);
    const Outcome outcome = try_send(round_of(9, 1));
    EXPECT_EQ(outcome.kind, Outcome::Kind::try_again);
    files_.allow_all();
    send(round_of(9, 1));
    expect_rounds(9, 1, 1);
}

// Else the files of such a template would never be rotated: each batch finds them closed.
TEST_F(FileGroupsTest, RotatesWhatItHasToOpenForEachBatch) {
    options_.rotate = {2 * line("app0", 1).size(), 0s, 0};
    make();
    for (int number = 1; number <= 3; ++number)
        send(round_of(9, number));
    expect_rounds(9, 3, 3);
    EXPECT_EQ(rotated_, 9);
}

TEST_F(FileGroupsTest, RefusesWhatLeadsOverADirectoryInAnyGroup) {
    std::filesystem::create_directories(directory_ / "logs/app7.log");
    make();
    const Outcome outcome = try_send(round_of(9, 1));
    ASSERT_EQ(outcome.kind, Outcome::Kind::delivered) << outcome.reason;
    ASSERT_EQ(outcome.refused.size(), 1U);
    EXPECT_EQ(outcome.refused[0].index, 7U);
    expect_rounds(7, 1, 1);
}

}  // namespace
}  // namespace eventfwd

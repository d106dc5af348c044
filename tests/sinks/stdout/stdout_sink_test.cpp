#include "sinks/stdout/stdout_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <csignal>
#include <cstdio>
#include <memory>

#include "core/file_system.h"
#include "core/unique_fd.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

constexpr auto kDelivered = Outcome::Kind::delivered;
constexpr auto kTryAgain = Outcome::Kind::try_again;

// A sink whose standard output is another file. It is in the place of the process's own only while
// a batch is sent.
class StdoutSinkTest : public testing::Test, protected Checkpoint {
  protected:
    StdoutSinkTest() {
        for (const int signal : {SIGPIPE, SIGXFSZ})
            std::signal(signal, SIG_IGN);
        begin_anew();
    }
    ~StdoutSinkTest() override {
        for (const int signal : {SIGPIPE, SIGXFSZ})
            std::signal(signal, SIG_DFL);
    }

    // A new sink, and an empty file.
    void begin_anew() {
        sink_ = std::make_unique<StdoutSink>();
        out_ = UniqueFd(
            ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
    }
    Outcome send(std::uint64_t first, const std::string& lines, bool is_replay = false) {
        const auto count = static_cast<std::uint32_t>(std::ranges::count(lines, '\n'));
        return send({{first, count, lines}}, is_replay);
    }
    Outcome send(const std::vector<LineRun>& runs, bool is_replay = false) {
        std::size_t count = 0;
        for (const LineRun& run : runs)
            count += run.count;
        std::fflush(stdout);
        const UniqueFd own(::dup(STDOUT_FILENO));
        ::dup2(out_.get(), STDOUT_FILENO);
        const Batch batch{runs, runs, count, is_replay};
        boost::asio::io_context io;
        auto outcome =
            boost::asio::co_spawn(io, sink_->send(batch, *this), boost::asio::use_future);
        io.run();
        ::dup2(own.get(), STDOUT_FILENO);
        return outcome.get();
    }
    // As send, where the file takes ROOM bytes more.
    template <class... Arguments>
    Outcome send_into(std::size_t room, Arguments&&... arguments) {
        rlimit before{};
        ::getrlimit(RLIMIT_FSIZE, &before);
        const rlimit limit{out().size() + room, before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        Outcome outcome = send(std::forward<Arguments>(arguments)...);
        ::setrlimit(RLIMIT_FSIZE, &before);
        return outcome;
    }
    Result<> save() override { return {}; }

    std::string out() {
        PosixFileSystem files;
        return read_whole_file(files, path_).value_or("missing");
    }
    Record state() const {
        Record cursor;
        sink_->save_state(cursor);
        return cursor;
    }
    // As a reload does that changes the sink.
    void replace() {
        const auto kept = Record::parse(state().serialized());
        ASSERT_TRUE(kept);
        sink_ = std::make_unique<StdoutSink>();
        sink_->restore_state(*kept);
    }

    test::TemporaryDirectory directory_;
    std::string path_ = directory_ / "out";
    UniqueFd out_;
    std::unique_ptr<StdoutSink> sink_;
};

TEST_F(StdoutSinkTest, WritesEveryLineOfEveryRun) {
    EXPECT_EQ(send({{3, 2, "three\nfour\n"}, {9, 1, "nine\n"}}).kind, kDelivered);
    EXPECT_EQ(send(10, "ten\n").kind, kDelivered);
    EXPECT_EQ(out(), "three\nfour\nnine\nten\n");
}

TEST_F(StdoutSinkTest, WritesADeliveredLineAgainThatIsSentAgain) {
    send(1, "one\n");
    send(1, "one\n");
    EXPECT_EQ(out(), "one\none\n");
}

// The moving fault: the output breaks behind every byte, once, and later takes the rest.
TEST_F(StdoutSinkTest, GoesOnAtTheByteWhereItWas) {
    const std::vector<LineRun> runs{{3, 2, "three\nfour\n"}, {9, 2, "nine\nten\n"}};
    const std::string whole = "three\nfour\nnine\nten\n";
    for (const bool is_replaced : {false, true}) {
        for (std::size_t room = 0; room < whole.size(); ++room) {
            begin_anew();
            const Outcome broken = send_into(room, runs);
            EXPECT_EQ(broken.kind, kTryAgain);
            EXPECT_EQ(broken.reason, "write to stdout: File too large");
            EXPECT_EQ(out(), whole.substr(0, room));
            if (is_replaced) replace();
            EXPECT_EQ(send(runs).kind, kDelivered);
            EXPECT_EQ(out(), whole) << room;
        }
    }
}

// And where it takes one byte with every attempt, over a reload each time.
TEST_F(StdoutSinkTest, GoesOnByteByByte) {
    const std::vector<LineRun> runs{{3, 2, "three\nfour\n"}, {9, 2, "nine\nten\n"}};
    for (std::size_t size = 1; size < 20; ++size) {
        EXPECT_EQ(send_into(1, runs).kind, kTryAgain);
        EXPECT_EQ(out().size(), size);
        replace();
    }
    EXPECT_EQ(send_into(1, runs).kind, kDelivered);
    EXPECT_EQ(out(), "three\nfour\nnine\nten\n");
}

// As where the batch that was begun has been skipped.
TEST_F(StdoutSinkTest, EndsTheLineThatItBeganBeforeAnotherBatch) {
    EXPECT_EQ(send_into(6, 1, "one\ntwo\nthree\n").kind, kTryAgain);
    EXPECT_EQ(send(20, "twenty\n").kind, kDelivered);
    EXPECT_EQ(out(), "one\ntwo\ntwenty\n");
}

TEST_F(StdoutSinkTest, TellsAReplayFromLiveDelivery) {
    EXPECT_EQ(send_into(6, 1, "one\ntwo\nthree\n").kind, kTryAgain);
    EXPECT_EQ(send(1, "one\n", true).kind, kDelivered);
    EXPECT_EQ(out(), "one\ntwo\none\n") << "no line of the replay is passed over";
}

TEST_F(StdoutSinkTest, SavesNothingBetweenBatchesAndNothingOfAReplay) {
    send(1, "one\n");
    EXPECT_TRUE(state().lines().empty());
    EXPECT_EQ(send_into(6, 1, "one\ntwo\nthree\n", true).kind, kTryAgain);
    EXPECT_TRUE(state().lines().empty());
}

// Its standard output was another one.
TEST_F(StdoutSinkTest, HeedsNoStateOfAnotherLife) {
    EXPECT_EQ(send_into(6, 1, "one\ntwo\nthree\n").kind, kTryAgain);
    const Record own = state();
    Record foreign;
    for (const auto& [key, value] : own.lines()) {
        const bool is_life = key == "stdout_life";
        foreign.add(key, is_life ? std::to_string(*own.number(key) ^ 1) : value);
    }
    begin_anew();
    sink_->restore_state(foreign);
    EXPECT_EQ(send(1, "one\ntwo\nthree\n").kind, kDelivered);
    EXPECT_EQ(out(), "one\ntwo\nthree\n");
}

class StdoutPipeTest : public StdoutSinkTest {
  protected:
    StdoutPipeTest() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        reader_ = UniqueFd(ends[0]);
        out_ = UniqueFd(ends[1]);
    }
    // So many bytes, or those that there are.
    std::string read(std::size_t size) {
        std::string text(size, '\0');
        text.resize(static_cast<std::size_t>(
            std::max<ssize_t>(::read(reader_.get(), text.data(), size), 0)));
        return text;
    }

    UniqueFd reader_;
};

TEST_F(StdoutPipeTest, DoesNotWaitForASlowReaderForEver) {
    EXPECT_EQ(::fcntl(out_.get(), F_SETPIPE_SZ, 8192), 8192);
    std::string lines;
    while (lines.size() < 10'000)
        lines += std::string(999, 'x') + "\n";
    const Outcome outcome = send(1, lines);
    EXPECT_EQ(outcome.kind, kTryAgain);
    EXPECT_EQ(outcome.reason, "write to stdout: Connection timed out");
    std::string all = read(8192);
    EXPECT_EQ(send(1, lines).kind, kDelivered);
    all += read(8192);
    EXPECT_EQ(all, lines);
}

TEST_F(StdoutPipeTest, TriesAgainWhereNobodyReads) {
    reader_ = UniqueFd();
    const Outcome outcome = send(1, "one\n");
    EXPECT_EQ(outcome.kind, kTryAgain);
    EXPECT_EQ(outcome.reason, "write to stdout: Broken pipe");
}

}  // namespace
}  // namespace eventfwd

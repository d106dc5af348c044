#include "sinks/file/file_sink_fixture.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::FaultyFileSystem;

TEST_F(FileSinkTest, WritesLinesIntoAFileThatItMakes) {
    make();
    send("one\n");
    send("two\nthree\n");
    EXPECT_EQ(content("events.log"), "one\ntwo\nthree\n");
    EXPECT_EQ(std::filesystem::status(directory_ / "logs/events.log").permissions(),
              std::filesystem::perms(0640));
}

TEST_F(FileSinkTest, DeliversExactlyOnceOverAKill) {
    make();
    send("one\n");
    ASSERT_TRUE(save());
    send("two\n");
    crash();  // the cursor is behind "one": the rest comes again
    send("two\nthree\n");
    EXPECT_EQ(content("events.log"), "one\ntwo\nthree\n");
    EXPECT_EQ(foreign_, 0);
}

TEST_F(FileSinkTest, DeliversExactlyOnceWhereTheFirstCursorWasNeverSaved) {
    make();
    send("one\n");  // opening the file saved the cursor with a length of 0
    crash();
    send("one\ntwo\n");
    EXPECT_EQ(content("events.log"), "one\ntwo\n");
}

TEST_F(FileSinkTest, VouchesForNothingBeforeItIsSettled) {
    make();
    send("one\n");
    settles_ = false;
    send("two\n");  // and its courier is still waiting for something else
    ASSERT_TRUE(save());
    settles_ = true;
    crash();
    send("two\nthree\n");
    EXPECT_EQ(content("events.log"), "one\ntwo\nthree\n");
    EXPECT_EQ(foreign_, 0);
}

TEST_F(FileSinkTest, TellsThatAFileIsShorterThanItWasAndEndsItsHalfLine) {
    make();
    send("one\ntwo\n");
    ASSERT_TRUE(save());
    std::filesystem::resize_file(directory_ / "logs/events.log", 6);
    crash();
    send("three\n");
    EXPECT_EQ(content("events.log"), "one\ntw\nthree\n");
    EXPECT_EQ(foreign_, 1);
}

TEST_F(FileSinkTest, DeliversExactlyOnceOverAKillAfterARotation) {
    options_.rotate = {10, 0s, 0};
    make();
    send("one__one\n");
    ASSERT_TRUE(save());
    send("two__two\n");
    send("three__three\n");
    crash();  // everything since the rotation comes again
    send("three__three\n");
    send("four\n");
    EXPECT_EQ(all(), "one__one\ntwo__two\nthree__three\nfour\n");
}

TEST_F(FileSinkTest, KeepsWhatStoodInTheFileBefore) {
    std::filesystem::create_directories(directory_ / "logs");
    std::ofstream(directory_ / "logs/events.log") << "old\n";
    make();
    send("one\n");
    EXPECT_EQ(content("events.log"), "old\none\n");
}

// A device would get the mode of a file, and a pipe would be written to without a reader.
TEST_F(FileSinkTest, LeavesAloneWhatIsNoRegularFile) {
    std::filesystem::create_directories(directory_ / "logs");
    const std::string pipe = directory_ / "logs/events.log";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0604), 0);
    make();
    const Outcome outcome = try_send("one\n");
    EXPECT_EQ(outcome.kind, Outcome::Kind::try_again);
    EXPECT_TRUE(outcome.reason.ends_with("events.log: it is no regular file")) << outcome.reason;
    EXPECT_EQ(std::filesystem::status(pipe).permissions(), std::filesystem::perms{0604});
}

TEST_F(FileSinkTest, OpensAnewWhereThePathLeadsElsewhere) {
    make();
    send("one\n");
    std::filesystem::rename(directory_ / "logs/events.log", directory_ / "logs/moved");
    send("two\n");
    EXPECT_EQ(content("moved"), "one\n");
    EXPECT_EQ(content("events.log"), "two\n");
    std::filesystem::remove(directory_ / "logs/events.log");
    send("three\n");
    EXPECT_EQ(content("events.log"), "three\n");
}

TEST_F(FileSinkTest, MakesADirectoryThatIsGone) {
    make();
    send("one\n");
    std::filesystem::remove_all(directory_ / "logs");
    send("two\n");
    EXPECT_EQ(content("events.log"), "two\n");
}

TEST_F(FileSinkTest, SpreadsLinesOverTheFilesOfATemplate) {
    options_.path = directory_ / "logs/{application}/{date}.log";
    make();
    send(line("shop", 1) + line("blog", 1) + line("shop", 2));
    EXPECT_EQ(content("shop/2011-08-08.log"), line("shop", 1) + line("shop", 2));
    EXPECT_EQ(content("blog/2011-08-08.log"), line("blog", 1));
}

TEST_F(FileSinkTest, ATemplateDeliversExactlyOnceOverAKillToo) {
    options_.path = directory_ / "logs/{application}.log";
    make();
    send(line("shop", 1));
    ASSERT_TRUE(save());
    send(line("blog", 1) + line("shop", 2));
    crash();
    send(line("blog", 1) + line("shop", 2) + line("blog", 2));
    EXPECT_EQ(content("shop.log"), line("shop", 1) + line("shop", 2));
    EXPECT_EQ(content("blog.log"), line("blog", 1) + line("blog", 2));
}

TEST_F(FileSinkTest, StillKnowsAFileThatWasNotNeededBetweenTwoKills) {
    options_.path = directory_ / "logs/{application}.log";
    make();
    send(line("shop", 1) + line("blog", 1));
    crash();
    send(line("shop", 1));  // the cursor is saved behind it, before the blog's line comes again
    ASSERT_TRUE(save());
    crash();
    send(line("blog", 1));
    EXPECT_EQ(content("blog.log"), line("blog", 1));
}

TEST_F(FileSinkTest, LinesThatAnotherPathLeadsElsewhereAfterAKillAreInDoubt) {
    make();
    send("one\n");
    send("two\nthree\n");
    options_.path = directory_ / "logs/other.log";
    crash();
    const Outcome outcome = try_send("one\ntwo\nthree\n");
    EXPECT_EQ(outcome.in_doubt, 3U);
    EXPECT_EQ(content("events.log"), "one\ntwo\nthree\n");
    EXPECT_EQ(content("other.log"), "one\ntwo\nthree\n");
    ASSERT_TRUE(save());
    options_.path = directory_ / "logs/third.log";
    crash();
    EXPECT_EQ(try_send("four\n").in_doubt, 0U);
}

TEST_F(FileSinkTest, ForgetsAFileOfATemplateThatIsOldAndHoldsNothingToComeAgain) {
    options_.path = directory_ / "logs/{application}.log";
    options_.rotate.age_max = 24h;
    make();
    send(line("old", 1));
    send(line("half", 1));
    ASSERT_TRUE(save());
    send(line("half", 2));
    clock_.advance(25h);
    crash();
    ASSERT_TRUE(save());
    ASSERT_EQ(cursor_.all("file").size(), 1U);
    EXPECT_TRUE(cursor_.all("file")[0].ends_with("half.log"));
    send(line("half", 2));
    ASSERT_TRUE(save());
    clock_.advance(25h);
    sink_->reopen();
    ASSERT_TRUE(save());
    EXPECT_TRUE(cursor_.all("file").empty());
    EXPECT_EQ(content("half.log"), line("half", 1) + line("half", 2));
}

TEST_F(FileSinkTest, ClosesFilesThatWereNotNeededLately) {
    options_.path = directory_ / "logs/{application}.log";
    options_.open_files_max = 4;
    make();
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 20; ++i)
            send(line("app" + std::to_string(i), round));
    }
    for (int i = 0; i < 20; ++i) {
        const std::string name = "app" + std::to_string(i);
        EXPECT_EQ(content(name + ".log"), line(name, 0) + line(name, 1) + line(name, 2));
    }
}

TEST_F(FileSinkTest, KeepsAFileThatHasLinesToCompareBeyondItsLimit) {
    options_.path = directory_ / "logs/{application}.log";
    options_.open_files_max = 1;
    make();
    send(line("shop", 1) + line("blog", 1));
    ASSERT_TRUE(save());
    send(line("shop", 2) + line("shop", 3) + line("blog", 2) + line("blog", 3));
    crash();
    // What was written comes again in smaller batches.
    send(line("shop", 2));
    send(line("blog", 2));
    send(line("shop", 3));
    send(line("blog", 3));
    EXPECT_EQ(content("shop.log"), line("shop", 1) + line("shop", 2) + line("shop", 3));
    EXPECT_EQ(content("blog.log"), line("blog", 1) + line("blog", 2) + line("blog", 3));
}

TEST_F(FileSinkTest, ThePathIsMadeFromTheEventWhateverFormItIsWrittenIn) {
    options_.path = directory_ / "logs/{application}.json";
    make();
    const std::string sources = line("shop", 1) + line("blog", 1);
    const std::string lines = "{\"a\":1}\n{\"b\":2}\n";
    const LineRun source{1, 2, sources};
    const LineRun run{1, 2, lines};
    EXPECT_EQ(try_send_batch({{&run, 1}, {&source, 1}, 2}).kind, Outcome::Kind::delivered);
    EXPECT_EQ(content("shop.json"), "{\"a\":1}\n");
    EXPECT_EQ(content("blog.json"), "{\"b\":2}\n");
}

TEST_F(FileSinkTest, EndsTheHalfLineOfAnotherWriter) {
    make();
    send("one\n");
    std::ofstream(directory_ / "logs/events.log", std::ios::app) << "foreign";
    send("two\n");
    EXPECT_EQ(content("events.log"), "one\nforeign\ntwo\n");
    EXPECT_EQ(foreign_, 1);
    std::ofstream(directory_ / "logs/events.log", std::ios::trunc).flush();  // copytruncate
    send("three\n");
    EXPECT_EQ(content("events.log"), "three\n");
}

TEST_F(FileSinkTest, AnEvilNameStaysBeneathTheRoot) {
    options_.path = directory_ / "logs/{application}/{event}";
    make();
    send("2011-08-08T11:45:17.735045Z application=\"../../..\" event=\"/etc/passwd\"\n");
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path())) {
        EXPECT_TRUE(entry.path().string().starts_with(directory_ / "logs")) << entry.path();
    }
}

TEST_F(FileSinkTest, RefusesWhatLeadsOverADirectoryOrALinkAndDeliversTheRest) {
    options_.path = directory_ / "logs/{application}";
    std::filesystem::create_directories(directory_ / "logs/taken");
    std::filesystem::create_symlink("/etc/passwd", directory_ / "logs/linked");
    make();
    const auto line = [](const std::string& application) {
        return "2011-08-08T11:45:17.735045Z application=\"" + application + "\" event=\"e\"\n";
    };
    const std::string lines = line("a") + line("taken") + line("a") + line("linked") + line("b");
    const Outcome outcome = try_send(lines);
    ASSERT_EQ(outcome.kind, Outcome::Kind::delivered) << outcome.reason;
    ASSERT_EQ(outcome.refused.size(), 2U);
    EXPECT_EQ(outcome.refused[0].index, 1U);
    EXPECT_EQ(outcome.refused[1].index, 3U);
    EXPECT_EQ(outcome.refused[0].reason, "bad_path");
    EXPECT_EQ(content("a"), line("a") + line("a"));
    EXPECT_EQ(content("b"), line("b"));
    std::filesystem::remove(directory_ / "logs/taken");
    send(line("taken"));
    EXPECT_EQ(content("taken"), line("taken"));
}

TEST_F(FileSinkTest, AFileInPlaceOfTheRootIsNoEventsFault) {
    options_.path = directory_ / "logs/{application}";
    std::ofstream(directory_ / "logs") << "in the way";
    make();
    const std::string line = "2011-08-08T11:45:17.735045Z application=\"a\" event=\"e\"\n";
    EXPECT_EQ(try_send(line).kind, Outcome::Kind::try_again);
    std::filesystem::remove(directory_ / "logs");
    send(line);
    EXPECT_EQ(content("a"), line);
}

TEST_F(FileSinkTest, AFileThatWasMadeByAClockThatWasAheadRotatesInTime) {
    options_.rotate = {0, 24h, 0};
    make();
    clock_.jump(24h * 365);
    send("one\n");
    clock_.jump(-24h * 365);
    clock_.advance(25h);
    send("two\n");
    EXPECT_EQ(content("events.log"), "two\n");
}

TEST_F(FileSinkTest, AClockThatJumpsBackAndForthRotatesNothing) {
    options_.rotate = {0, 24h, 0};
    make();
    std::string expected;
    for (int turn = 0; turn < 10; ++turn) {
        send("line\n");
        expected += "line\n";
        clock_.jump(turn % 2 == 0 ? 72h : -72h);
    }
    EXPECT_EQ(content("events.log"), expected);
    clock_.advance(20h);
    send("line\n");  // its cursor is saved by a clock that is right
    ASSERT_TRUE(save());
    crash();
    clock_.advance(5h);
    send("last\n");
    EXPECT_EQ(content("events.log"), "last\n");
}

TEST_F(FileSinkTest, RotatesAFileThatMustNotBecomeLarger) {
    options_.rotate = {0, 0s, 0};
    make();
    send("one\n");
    files_.fail_call(2, EFBIG, FaultyFileSystem::Fault::half_write);  // behind a look at the path
    send("two\nthree\n");
    EXPECT_EQ(content("events.log"), "two\nthree\n");
    EXPECT_EQ(all(), "one\ntwo\nthree\n");
    crash();
    send("four\n");
    EXPECT_EQ(all(), "one\ntwo\nthree\nfour\n");
}

TEST_F(FileSinkTest, ABatchThatIsTooLargeForAnEmptyFileWaits) {
    for (int nth = 1; nth < 10; ++nth) {
        std::filesystem::remove_all(directory_ / "logs");
        options_.rotate = {0, 0s, 0};
        make();
        files_.fail_call(nth, EFBIG, FaultyFileSystem::Fault::error_for_good);
        const bool is_sent = try_send("one\ntwo\n").kind == Outcome::Kind::delivered;
        EXPECT_TRUE(is_sent || files_.has_fired());
        files_.fail_call(0, 0);
        if (!is_sent) send("one\ntwo\n");
        ASSERT_EQ(all(), "one\ntwo\n") << "call " << nth;
    }
}

// The moving fault: whichever call fails, once, a batch that comes again is delivered once.
TEST_F(FileSinkTest, DeliversOnceWhicheverCallFails) {
    for (const int code : {EIO, ENOSPC, EDQUOT, EFBIG, EINTR}) {
        for (int nth = 1; nth < 100; ++nth) {
            std::filesystem::remove_all(directory_ / "logs");
            options_.rotate = {60, 0s, 0};
            cursor_ = Record();
            make();
            files_.fail_call(nth, code);
            std::string expected;
            for (int i = 0; i < 8; ++i) {
                const std::string lines = "line " + std::to_string(i) + " of eight\n";
                expected += lines;
                int attempts = 0;
                while (try_send(lines).kind != Outcome::Kind::delivered)
                    ASSERT_LT(++attempts, 3);
            }
            const bool has_fired = files_.has_fired();
            files_.fail_call(0, 0);
            ASSERT_EQ(all(), expected) << "call " << nth << ", error " << code;
            if (!has_fired) break;
            ASSERT_LT(nth, 99);
        }
    }
}

}  // namespace
}  // namespace eventfwd

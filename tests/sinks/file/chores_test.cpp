#include "sinks/file/chores.h"

#include "sinks/file/file_sink_fixture.h"
#include "support/wait.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using Notes = std::vector<std::string>;

TEST_F(FileSinkTest, KeepsDeliveringWhereAFileCannotBeRenamed) {
    options_.rotate = {10, 0s, 0};
    make();
    send("one__one\n");
    files_.refuse("rename", "events.log", EBUSY);
    for (const char* lines : {"two__two\n", "three\n", "four\n"})
        send(lines);
    EXPECT_EQ(content("events.log"), "one__one\ntwo__two\nthree\nfour\n");
    EXPECT_EQ(notes_, Notes{"events.log not rotated"});
    EXPECT_EQ(files_.refused(), 1);  // and not with each batch
    sink_->reopen();                 // an operator has put it right, or believes so
    send("five\n");
    EXPECT_EQ(files_.refused(), 2);
    files_.allow_all();
    sink_->reopen();
    send("six\n");
    EXPECT_EQ(content("events.log"), "six\n");
    EXPECT_EQ(notes_, (Notes{"events.log not rotated", "events.log rotated"}));
    EXPECT_EQ(all(), "one__one\ntwo__two\nthree\nfour\nfive\nsix\n");
}

TEST_F(FileSinkTest, TriesAChoreAgainAfterItsInterval) {
    options_.rotate = {10, 0s, 0};
    options_.chore_interval = 0s;
    make();
    send("one__one\n");
    files_.refuse("rename", "events.log", EACCES);
    send("two__two\n");
    send("three\n");
    EXPECT_EQ(files_.refused(), 2);
    EXPECT_EQ(notes_, Notes{"events.log not rotated"});
}

TEST_F(FileSinkTest, KeepsDeliveringWhereTheCursorCannotBeSavedForARotation) {
    options_.rotate = {10, 0s, 0};
    make();
    send("one__one\n");
    files_.refuse("sync", "events.log", EIO);  // without which there is no cursor
    send("two__two\n");
    EXPECT_EQ(content("events.log"), "one__one\ntwo__two\n");
    EXPECT_EQ(notes_, Notes{"events.log not rotated"});
}

TEST_F(FileSinkTest, AFileThatCannotBeRotatedHoldsUpNoOther) {
    options_.path = directory_ / "logs/{application}.log";
    options_.rotate = {line("blog", 1).size() + 1, 0s, 0};
    make();
    send(line("blog", 1) + line("shop", 1));
    files_.refuse("rename", "blog", EBUSY);
    send(line("blog", 2) + line("shop", 2));
    EXPECT_EQ(content("blog.log"), line("blog", 1) + line("blog", 2));
    EXPECT_EQ(content("shop.log"), line("shop", 2));
    EXPECT_EQ(rotated_, 1);
}

TEST_F(FileSinkTest, KeepsDeliveringWhereModeOrGroupCannotBeSet) {
    options_.chore_interval = 0s;
    files_.refuse("set access", "events.log", EPERM);
    make();
    send("one\n");
    send("two\n");
    EXPECT_EQ(content("events.log"), "one\ntwo\n");
    EXPECT_EQ(notes_, Notes{"events.log not given its mode and group"});
    files_.allow_all();
    options_.mode = 0640;
    send("three\n");
    EXPECT_EQ(notes_.back(), "events.log given its mode and group");
}

TEST_F(FileSinkTest, KeepsDeliveringWhereARotatedFileCannotBeRemovedOrItsDirectorySynced) {
    options_.rotate = {10, 0s, 1};
    make();
    send("one__one\n");
    files_.refuse("unlink", "events.log", EPERM);
    files_.refuse("sync directory", "logs", EIO);
    for (const char* lines : {"two__two\n", "three__three\n", "four__four\n"})
        send(lines);
    EXPECT_EQ(rotated_, 3);
    EXPECT_EQ(all(), "one__one\ntwo__two\nthree__three\nfour__four\n");
    EXPECT_EQ(notes_, Notes{"events.log not rid of its old files"});
    files_.allow_all();
    send("five__five\n");
    EXPECT_EQ(notes_.back(), "events.log rid of its old files");
    EXPECT_EQ(all(), "four__four\nfive__five\n");
}

// Of kill -9: what it has begun is worth nothing, and what it has not begun is due.
TEST_F(FileSinkTest, FinishesWhatAKilledCompressionHasLeft) {
    const std::string rotated = directory_ / "logs/events.log.20110808T114517Z-";
    std::filesystem::create_directories(directory_ / "logs");
    for (const char* name : {"1", "1.gz.part", "2.zst.part", "3"})
        std::ofstream(rotated + name) << "old\n";
    std::ofstream(directory_ / "logs/other.log.20110808T114517Z-1.gz.part") << "another's\n";
    options_.rotate.compress = Compression::gzip;
    make();
    send("one\n");
    EXPECT_TRUE(test::eventually([&] {
        return std::filesystem::exists(rotated + "1.gz") && !std::filesystem::exists(rotated + "1");
    }));
    EXPECT_FALSE(std::filesystem::exists(rotated + "1.gz.part"));
    EXPECT_FALSE(std::filesystem::exists(rotated + "2.zst.part"));
    EXPECT_EQ(content("events.log.20110808T114517Z-3"), "old\n");  // the newest
    EXPECT_EQ(content("other.log.20110808T114517Z-1.gz.part"), "another's\n");
}

TEST_F(FileSinkTest, RemovesWhatAKilledCompressionHasLeftWhereNothingIsCompressedAnyMore) {
    std::filesystem::create_directories(directory_ / "logs/shop");
    const std::string part = "shop/2011-08-08.log.20110808T114517Z-1.gz.part";
    const std::string foreign = "shop/notes.20110808T114517Z-1.gz.part";
    for (const std::string& name : {part, foreign})
        std::ofstream(directory_ / ("logs/" + name)) << "old\n";
    options_.path = directory_ / "logs/{application}/{date}.log";
    make();
    send(line("shop", 1));
    EXPECT_EQ(content(part), "missing");
    EXPECT_EQ(content(foreign), "old\n");
    EXPECT_TRUE(notes_.empty());
}

TEST_F(FileSinkTest, DeliversWhereWhatAKilledCompressionHasLeftCannotBeRemoved) {
    std::filesystem::create_directories(directory_ / "logs");
    std::ofstream(directory_ / "logs/events.log.20110808T114517Z-1.gz.part") << "old\n";
    files_.refuse("unlink", ".part", EACCES);
    make();
    send("one\n");
    EXPECT_EQ(content("events.log"), "one\n");
    EXPECT_EQ(notes_, Notes{"logs not rid of its old files"});
}

}  // namespace
}  // namespace eventfwd

// What an operator names may be a link; what an event names may not.
#include "sinks/file/file_sink_fixture.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class FileLinksTest : public FileSinkTest {
  protected:
    FileLinksTest() {
        for (const char* name : {"logs", "data", "more"})
            fs::create_directories(directory_ / name);
        fs::create_symlink("../data/real.log", link_);
    }
    std::string in(const std::string& name) {
        PosixFileSystem files;
        return read_whole_file(files, directory_ / name).value_or("missing");
    }
    void lead_to(const std::string& target) {
        fs::remove(link_);
        fs::create_symlink(target, link_);
    }
    void found_elsewhere(const std::string&) override { ++found_elsewhere_; }

    const std::string link_ = directory_ / "logs/events.log";
    int found_elsewhere_ = 0;
};

TEST_F(FileLinksTest, MakesTheFileThatALinkLeadsTo) {
    make();
    send("one\n");
    send("two\n");
    EXPECT_EQ(in("data/real.log"), "one\ntwo\n");
    EXPECT_TRUE(fs::is_symlink(link_));
    EXPECT_EQ(found_elsewhere_, 0);
}

TEST_F(FileLinksTest, RotatesTheFileThatALinkLeadsToAndLeavesTheLink) {
    options_.rotate = {10, 0s, 1};
    make();
    for (const char* lines : {"one__one\n", "two__two\n", "three__three\n"})
        send(lines);
    EXPECT_TRUE(fs::is_symlink(link_));
    EXPECT_EQ(in("data/real.log"), "three__three\n");
    const auto rotated = rotated_files(files_, directory_ / "data", "real.log").value();
    ASSERT_EQ(rotated.size(), 1U);
    EXPECT_EQ(in("data/" + rotated[0]), "two__two\n");
    EXPECT_EQ(std::distance(fs::directory_iterator(directory_ / "logs"), {}), 1);
}

TEST_F(FileLinksTest, OpensAnewWhereALinkLeadsElsewhere) {
    make();
    send("one\n");
    lead_to("../more/other.log");
    send("two\n");
    EXPECT_EQ(in("data/real.log"), "one\n");
    EXPECT_EQ(in("more/other.log"), "two\n");
    fs::rename(directory_ / "more/other.log", directory_ / "more/moved");
    send("three\n");
    EXPECT_EQ(in("more/other.log"), "three\n");
    EXPECT_EQ(found_elsewhere_, 2);
}

TEST_F(FileLinksTest, DeliversExactlyOnceThroughALinkOverAKill) {
    make();
    send("one\n");
    ASSERT_TRUE(save());
    send("two\n");
    crash();
    send("two\nthree\n");
    EXPECT_EQ(in("data/real.log"), "one\ntwo\nthree\n");
    EXPECT_EQ(foreign_, 0);
    // And those behind the cursor are in doubt where the path is another one.
    send("four\n");
    options_.path = directory_ / "logs/other.log";
    crash();
    EXPECT_EQ(try_send("four\n").in_doubt, 3U);
}

TEST_F(FileLinksTest, ADirectoryMayBeALinkAndTheRootOfATemplateToo) {
    fs::create_directory_symlink("data", directory_ / "linked");
    options_.path = directory_ / "linked/{application}.log";
    make();
    send(line("shop", 1));
    EXPECT_EQ(in("data/shop.log"), line("shop", 1));
}

TEST_F(FileLinksTest, ALinkAtAPathThatIsMadeFromAnEventIsRefused) {
    fs::create_symlink("../data/real.log", directory_ / "logs/shop.log");
    fs::create_directory_symlink("../data", directory_ / "logs/blog");
    for (const char* path : {"logs/{application}.log", "logs/{application}/{event}.log"}) {
        options_.path = directory_ / path;
        make();
        const std::string application = std::string(path).contains("event") ? "blog" : "shop";
        const Outcome outcome = try_send(line(application, 1));
        ASSERT_EQ(outcome.refused.size(), 1U) << path;
        EXPECT_EQ(outcome.refused[0].reason, "bad_path");
    }
    EXPECT_TRUE(fs::is_empty(directory_ / "data"));
}

TEST_F(FileLinksTest, ARoundOfLinksIsToldAndWaitedFor) {
    lead_to("events.log");
    make();
    const Outcome outcome = try_send("one\n");
    EXPECT_EQ(outcome.kind, Outcome::Kind::try_again);
    EXPECT_TRUE(outcome.reason.contains("Too many levels of symbolic links")) << outcome.reason;
}

}  // namespace
}  // namespace eventfwd

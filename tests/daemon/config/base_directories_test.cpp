#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "daemon/config/settings.h"
#include "support/any_user.h"
#include "support/environment.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

using test::AnyUser;

class BaseDirectoriesTest : public testing::Test {
  protected:
    void SetUp() override {
        for (const char* const name : {"STATE_DIRECTORY", "LOGS_DIRECTORY", "RUNTIME_DIRECTORY",
                                       "XDG_STATE_HOME", "XDG_RUNTIME_DIR"})
            variables_.unset(name);
        variables_.set("HOME", "/home/ann");
    }
    test::Environment variables_;
};

TEST_F(BaseDirectoriesTest, AreTheUsersWhereTheConfigurationIs) {
    const AnyUser any_user;
    for (const char* const file : {"", "/home/ann/f.yaml", "f.yaml", "/etcetera/f.yaml"}) {
        const BaseDirectories base = BaseDirectories::of(file);
        EXPECT_EQ(base.state, "/home/ann/.local/state/eventfwd") << file;
        EXPECT_EQ(base.logs, "/home/ann/.local/state/eventfwd/log");
        EXPECT_EQ(base.runtime, "/home/ann/.local/state/eventfwd/run");
    }
    variables_.set("HOME", "/");
    EXPECT_EQ(BaseDirectories::of("").state, "/.local/state/eventfwd");
    variables_.set("XDG_STATE_HOME", "/s");
    variables_.set("XDG_RUNTIME_DIR", "/r");
    EXPECT_EQ(BaseDirectories::of("").state, "/s/eventfwd");
    EXPECT_EQ(BaseDirectories::of("").runtime, "/r/eventfwd");
}

// An operator is not led to what a daemon of his own once left.
TEST_F(BaseDirectoriesTest, AreTheSystemsWhereTheConfigurationIs) {
    const AnyUser any_user;
    for (const char* const file : {"/etc/eventfwd/eventfwd.yaml", "/etc/x/../eventfwd/a.yaml"}) {
        const BaseDirectories base = BaseDirectories::of(file);
        EXPECT_EQ(base.state, "/var/lib/eventfwd") << file;
        EXPECT_EQ(base.logs, "/var/log/eventfwd");
        EXPECT_EQ(base.runtime, "/run/eventfwd");
    }
}

TEST_F(BaseDirectoriesTest, AreThoseThatSystemdGivesBeforeAllOthers) {
    variables_.set("STATE_DIRECTORY", "/a:/b");
    EXPECT_EQ(BaseDirectories::of("/etc/eventfwd/eventfwd.yaml").state, "/a");
    const AnyUser any_user;
    EXPECT_EQ(BaseDirectories::of("").state, "/a");
}

TEST_F(BaseDirectoriesTest, AreNowhereForAUserWithoutAHome) {
    variables_.unset("HOME");
    const AnyUser any_user;
    EXPECT_EQ(BaseDirectories::of("").state, "");
    const ReadSettings without = read_settings("", "", BaseDirectories::of(""));
    ASSERT_EQ(without.problems.size(), 5U);
    EXPECT_EQ(without.problems[0].text(),
              "journal.path: expected a path: neither HOME nor XDG_STATE_HOME is set");
    const ReadSettings with = read_settings(R"(
inputs: {u: {type: udp, listen: "127.0.0.1:1"}}
sinks: {a: {type: file, path: /a/x}}
journal: {path: /a/journal}
dead_letters: {path: /a/letters}
control: {path: /a/c.sock}
)",
                                            "/a/f.yaml", BaseDirectories::of("/a/f.yaml"));
    EXPECT_TRUE(with.problems.empty());
}

TEST(LoadSettings, SaysWhoMayReadAFileThatThisUserMayNot) {
    const test::TemporaryDirectory directory;
    std::ofstream(directory / "f.yaml") << "";
    std::filesystem::permissions(directory.path(), std::filesystem::perms::none);
    const AnyUser any_user;
    const Diagnostics problems = load_settings(directory / "f.yaml").problems;
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].text(), "open " + directory.path() +
                                      "/f.yaml: Permission denied; run this as root or as the "
                                      "daemon's user");
}

}  // namespace
}  // namespace eventfwd

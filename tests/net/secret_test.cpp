#include "net/secret.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/environment.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

constexpr const char* kVariable = "EVENTFWD_TEST_SECRET";

class SecretTest : public testing::Test {
  protected:
    SecretTest() {
        environment_.unset(kVariable);
        environment_.unset("CREDENTIALS_DIRECTORY");
    }
    void write(const std::string& name, const std::string& text) {
        std::filesystem::create_directories(parent_of(directory_ / name));
        std::ofstream(directory_ / name, std::ios::binary) << text;
    }
    static std::filesystem::path parent_of(const std::string& path) {
        return std::filesystem::path(path).parent_path();
    }
    Result<std::string> read_file() { return read_secret({directory_ / "token", "", ""}); }
    Result<std::string> read_variable() { return read_secret({"", "", kVariable}); }

    test::TemporaryDirectory directory_;
    test::Environment environment_;
};

TEST_F(SecretTest, IsInAFileWithoutTheWhiteSpaceAroundIt) {
    write("token", " \t0fe1-23\r\n\n");
    EXPECT_EQ(read_file(), "0fe1-23");
}

TEST_F(SecretTest, IsReadAnewEachTime) {
    write("token", "old");
    EXPECT_EQ(read_file(), "old");
    write("token", "new");
    EXPECT_EQ(read_file(), "new");
}

// As Kubernetes lays it: a swap of one link replaces it.
TEST_F(SecretTest, MayBeBehindLinksThatAreReplaced) {
    write("..2024_1/token", "old");
    write("..2024_2/token", "new");
    std::filesystem::create_symlink("..2024_1", directory_ / "..data");
    std::filesystem::create_symlink("..data/token", directory_ / "token");
    EXPECT_EQ(read_file(), "old");
    std::filesystem::create_symlink("..2024_2", directory_ / "..fresh");
    std::filesystem::rename(directory_ / "..fresh", directory_ / "..data");
    EXPECT_EQ(read_file(), "new");
}

TEST_F(SecretTest, IsInAVariableWhereThereIsNoFile) {
    environment_.set(kVariable, " word\n");
    EXPECT_EQ(read_variable(), "word");
}

TEST_F(SecretTest, IsNotLookedForInTheVariableWhereAFileIsNamed) {
    environment_.set(kVariable, "word");
    const auto secret = read_secret({directory_ / "token", "", kVariable});
    ASSERT_FALSE(secret);
    EXPECT_EQ(secret.error().code, ENOENT);
}

TEST_F(SecretTest, IsACredentialWhereTheFileIsMissing) {
    environment_.set("CREDENTIALS_DIRECTORY", directory_ / "credentials");
    write("credentials/token", "credential\n");
    const SecretSource source{directory_ / "token", "token", ""};
    EXPECT_EQ(read_secret(source), "credential");
    write("token", "file\n");
    EXPECT_EQ(read_secret(source), "file");
}

TEST_F(SecretTest, IsNoCredentialWhereTheFileIsThereAndCannotBeUsed) {
    environment_.set("CREDENTIALS_DIRECTORY", directory_ / "credentials");
    write("credentials/token", "credential\n");
    write("token", "\n");
    EXPECT_FALSE(read_secret({directory_ / "token", "token", ""}));
    EXPECT_FALSE(read_secret({directory_ / "credentials", "token", ""})) << "a directory";
}

TEST_F(SecretTest, TellsWhichFileIsMissing) {
    const auto none = read_file();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ENOENT);
    EXPECT_TRUE(none.error().message.contains(directory_ / "token")) << none.error().message;

    environment_.set("CREDENTIALS_DIRECTORY", directory_ / "credentials");
    const auto neither = read_secret({directory_ / "token", "token", ""});
    ASSERT_FALSE(neither);
    EXPECT_TRUE(neither.error().message.contains(directory_ / "credentials/token"))
        << neither.error().message;
}

TEST_F(SecretTest, RefusesWhatIsEmpty) {
    write("token", " \n");
    EXPECT_EQ(read_file().error().message, directory_ / "token is empty");
    EXPECT_EQ(read_variable().error().message, "the variable EVENTFWD_TEST_SECRET is empty");
    environment_.set(kVariable, "");
    EXPECT_EQ(read_variable().error().message, "the variable EVENTFWD_TEST_SECRET is empty");
}

// It becomes a part of a header.
TEST_F(SecretTest, RefusesAllButOneWordOfPlainCharacters) {
    for (const char* text : {"two words", "two\nlines", "a\tb", "x\x01y", "caf\xC3\xA9", "a\x7F"}) {
        write("token", text);
        const auto secret = read_file();
        ASSERT_FALSE(secret) << text;
        EXPECT_EQ(secret.error().message,
                  directory_ / "token holds more than one word of plain characters");
        EXPECT_FALSE(secret.error().message.contains(text)) << "a message must not hold a secret";
    }
}

}  // namespace
}  // namespace eventfwd

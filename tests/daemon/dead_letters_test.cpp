#include "daemon/dead_letters/dead_letters.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>

#include "core/base64.h"
#include "support/faulty_file_system.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

class DeadLettersTest : public testing::Test {
  protected:
    DeadLettersTest() : options_{directory_ / "letters", 64 << 10} {}

    Result<> keep_or_lose(DeadLetters& letters, const std::string& bytes) {
        return letters.keep_or_lose(
            to_json_line({{}, "input local", "syntax", {}, bytes, bytes.size()}), 1);
    }
    Result<> keep(DeadLetters& letters, const std::string& bytes) {
        return letters.keep(to_json_line({{}, "input local", "syntax", {}, bytes, bytes.size()}),
                            1);
    }
    std::vector<KeptLetter> read() { return read_dead_letters(files_, options_.path).value(); }

    test::TemporaryDirectory directory_;
    test::FaultyFileSystem files_;
    DeadLetterOptions options_;
};

TEST_F(DeadLettersTest, KeepsBytesAsTheyWereWithTheReason) {
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep(letters, "{\"broken\" \n\x01"));
    ASSERT_TRUE(keep(letters, "caf\xE9"));
    const auto kept = read();
    ASSERT_EQ(kept.size(), 2U);
    const auto text = boost::json::parse(kept[0].json).as_object();
    EXPECT_EQ(text.at("bytes").as_string(), "{\"broken\" \n\x01");
    EXPECT_EQ(text.at("from").as_string(), "input local");
    EXPECT_EQ(text.at("reason").as_string(), "syntax");
    EXPECT_EQ(text.at("time").as_string(), "1970-01-01T00:00:00.000000Z");
    const auto binary = boost::json::parse(kept[1].json).as_object();
    EXPECT_EQ(base64_decoded(std::string(binary.at("base64").as_string())), "caf\xE9");
}

TEST_F(DeadLettersTest, NumbersGoOnOverARestart) {
    {
        DeadLetters letters(options_, files_);
        ASSERT_TRUE(keep(letters, "one"));
        ASSERT_TRUE(keep(letters, "two"));
    }
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep(letters, "three"));
    const auto kept = read();
    ASSERT_EQ(kept.size(), 3U);
    EXPECT_EQ(kept.back().number, 3U);
}

TEST_F(DeadLettersTest, TheOldestGoWhereTheBoundIsReached) {
    DeadLetters letters(options_, files_);
    for (int i = 0; i < 200; ++i)
        ASSERT_TRUE(keep(letters, std::string(1000, 'x')));
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(options_.path))
        bytes += entry.file_size();
    EXPECT_LE(bytes, options_.bytes_max);
    const auto kept = read();
    EXPECT_EQ(kept.back().number, 200U);
    EXPECT_EQ(letters.counts().expired, 200 - kept.size());
    EXPECT_EQ(kept.front().number, 200 - kept.size() + 1);
}

TEST_F(DeadLettersTest, CountsWhatItCouldNotKeepAndTellsOnce) {
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep_or_lose(letters, "one"));
    files_.fail_call(1, ENOSPC);
    EXPECT_FALSE(keep_or_lose(letters, "two"));
    files_.fail_call(1, ENOSPC);
    EXPECT_TRUE(keep_or_lose(letters, "three"));  // lost as well, but that is known
    EXPECT_EQ(letters.counts().lost, 2U);
    ASSERT_TRUE(keep_or_lose(letters, "four"));
    EXPECT_EQ(read().size(), 2U);
}

TEST_F(DeadLettersTest, NoDirectoryIsNoLetters) {
    EXPECT_TRUE(read().empty());
}

}  // namespace
}  // namespace eventfwd

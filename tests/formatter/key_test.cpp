#include "formatter/key.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

std::string cleaned(std::string_view key) {
    std::string out(256, '?');
    out.resize(write_clean_key(out.data(), 256, key));
    return out;
}

TEST(Key, OneUnderscoreForEachCodePointOrInvalidByte) {
    EXPECT_EQ(cleaned("some-data"), "some_data");
    EXPECT_EQ(cleaned("n\xC3\xA4me"), "n_me");
    EXPECT_EQ(cleaned("\xF0\x9F\x98\x80"), "_");
    EXPECT_EQ(cleaned("a\xFF\xFE z"), "a___z");
    EXPECT_EQ(cleaned(""), "_");
    EXPECT_EQ(cleaned("AZaz09_"), "AZaz09_");
}

TEST(Key, IsTooLongOverItsLimitAndNotAtIt) {
    char out[4];
    EXPECT_EQ(write_clean_key(out, 4, "abcd"), 4U);
    EXPECT_EQ(write_clean_key(out, 4, "abcde"), kKeyTooLong);
    EXPECT_EQ(write_clean_key(out, 4, "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4"), 4U);
}

TEST(Key, KnowsWhatIsClean) {
    EXPECT_TRUE(is_clean_key("plan_2"));
    EXPECT_FALSE(is_clean_key(""));
    EXPECT_FALSE(is_clean_key("a b"));
}

}  // namespace
}  // namespace eventfwd

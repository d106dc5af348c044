#include "core/text/base64.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

TEST(Base64, GivesTheExamplesOfRfc4648) {
    EXPECT_EQ(base64_encoded(""), "");
    EXPECT_EQ(base64_encoded("f"), "Zg==");
    EXPECT_EQ(base64_encoded("fo"), "Zm8=");
    EXPECT_EQ(base64_encoded("foo"), "Zm9v");
    EXPECT_EQ(base64_encoded("foob"), "Zm9vYg==");
    EXPECT_EQ(base64_encoded("fooba"), "Zm9vYmE=");
    EXPECT_EQ(base64_encoded("foobar"), "Zm9vYmFy");
}

TEST(Base64, ReadsBackAllBytes) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += static_cast<char>(i);
        EXPECT_EQ(base64_decoded(base64_encoded(bytes)), bytes);
    }
}

TEST(Base64, RefusesWhatIsNotBase64) {
    EXPECT_FALSE(base64_decoded("Zg="));
    EXPECT_FALSE(base64_decoded("Z!=="));
    EXPECT_FALSE(base64_decoded("Zg==Zg=="));
}

}  // namespace
}  // namespace eventfwd

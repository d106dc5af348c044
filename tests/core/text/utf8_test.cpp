#include "core/text/utf8.h"

#include <gtest/gtest.h>

#include "core/text/json_escape.h"

namespace eventfwd {
namespace {

TEST(Utf8, KnowsWholeSequencesOnly) {
    EXPECT_EQ(utf8_sequence_length("a"), 1U);
    EXPECT_EQ(utf8_sequence_length("\xC3\xA9"), 2U);
    EXPECT_EQ(utf8_sequence_length("\xE2\x82\xAC"), 3U);
    EXPECT_EQ(utf8_sequence_length("\xF0\x9F\x98\x80"), 4U);
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndWhatIsCutOff) {
    for (const char* text :
         {"\xC0\xAF", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\x80", "\xFF"}) {
        EXPECT_EQ(utf8_sequence_length(text), 0U) << json_quoted(text);
    }
    EXPECT_TRUE(is_valid_utf8("na\xC3\xAFve"));
    EXPECT_FALSE(is_valid_utf8("na\xEFve"));
}

}  // namespace
}  // namespace eventfwd

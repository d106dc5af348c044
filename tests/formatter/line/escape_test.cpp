#include "formatter/line/escape.h"

#include <gtest/gtest.h>

#include <random>

#include "core/text/utf8.h"
#include "support/random_event.h"

namespace eventfwd {
namespace {

std::string escaped(std::string_view text) {
    std::string out(kEscapeGrowthMax * text.size(), '?');
    out.resize(static_cast<std::size_t>(write_escaped(out.data(), text) - out.data()));
    return out;
}

std::optional<std::string> unescaped(std::string_view text, EscapeRules rules) {
    std::string out(text.size() + 1, '?');
    const char* const end = write_unescaped(out.data(), text, rules);
    if (end == nullptr) return std::nullopt;
    out.resize(static_cast<std::size_t>(end - out.data()));
    return out;
}

TEST(Escape, FindsEveryByteThatNeedsOneAtEveryPlace) {
    for (std::size_t size = 1; size < 20; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string text(size, 'x');
            for (const auto& [byte, expected] : {std::pair{'"', "\\\""},
                                                 {'\\', "\\\\"},
                                                 {'\n', "\\n"},
                                                 {'\0', "\\x00"},
                                                 {'\x1F', "\\x1F"},
                                                 {'\x7F', "\\x7F"},
                                                 {'\xFF', "\\xFF"}}) {
                text[at] = byte;
                std::string whole(size, 'x');
                whole.replace(at, 1, expected);
                EXPECT_EQ(escaped(text), whole);
            }
        }
    }
}

TEST(Escape, LeavesPrintableUtf8AsItIs) {
    const std::string text = " !#[]~ \xC2\xA0 \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80";
    EXPECT_EQ(escaped(text), text);
}

TEST(Escape, GivesPrintableUtf8WithoutLineBreaksForAllBytes) {
    const std::uint64_t seed = std::random_device{}();
    std::mt19937_64 random(seed);
    for (int round = 0; round < 3000; ++round) {
        const std::string text = test::random_bytes(random, 100);
        const std::string result = escaped(text);
        EXPECT_TRUE(is_valid_utf8(result)) << "seed " << seed;
        EXPECT_EQ(result.find_first_of(std::string_view("\n\r\t\0\x7F", 5)), std::string::npos);
        EXPECT_EQ(unescaped(result, EscapeRules::strict), text) << "seed " << seed;
        EXPECT_EQ(unescaped(result, EscapeRules::lenient), text) << "seed " << seed;
    }
}

TEST(Unescape, StrictRulesKnowTheEscapesOfALineOnly) {
    for (const char* text : {"\\", "\\q", "\\x", "\\x4", "\\xag", "\\xaf"}) {
        EXPECT_FALSE(unescaped(text, EscapeRules::strict)) << text;
    }
    EXPECT_EQ(unescaped("\\xaf", EscapeRules::lenient), "\xAF");
    EXPECT_EQ(unescaped("\\q\\", EscapeRules::lenient), "\\q\\");
}

}  // namespace
}  // namespace eventfwd

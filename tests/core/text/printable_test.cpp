#include "core/text/printable.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "core/text/json_escape.h"
#include "core/text/utf8.h"

namespace eventfwd {
namespace {

// Every character that must not go out as it is, in UTF-8.
std::vector<std::string> control_characters() {
    std::vector<std::string> all;
    for (int c = 0; c < 0x20; ++c)
        all.emplace_back(1, static_cast<char>(c));
    all.emplace_back("\x7F");
    for (int c = 0x80; c <= 0x9F; ++c)
        all.push_back({'\xC2', static_cast<char>(c)});
    for (const char* text :
         {"\u2028", "\u2029", "\u061C", "\u200E", "\u200F", "\u202A", "\u202B", "\u202C", "\u202D",
          "\u202E", "\u2066", "\u2067", "\u2068", "\u2069"}) {
        all.emplace_back(text);
    }
    return all;
}

bool holds_control(std::string_view text) {
    return std::ranges::any_of(control_characters(),
                               [&](const std::string& each) { return text.contains(each); });
}

TEST(Printable, EscapesEveryControlCharacter) {
    EXPECT_EQ(printable("a\n\r\t\x1B[2J\x7F"), R"(a\n\r\t\x1B[2J\x7F)");
    EXPECT_EQ(printable("\u0085\u009B31m"), R"(\xC2\x85\xC2\x9B31m)");
    EXPECT_EQ(printable("\u2028\u202E"), R"(\xE2\x80\xA8\xE2\x80\xAE)");
    for (const std::string& control : control_characters()) {
        EXPECT_FALSE(holds_control(printable("a" + control + "b"))) << json_quoted(control);
        EXPECT_FALSE(holds_control(json_quoted("a" + control + "b"))) << json_quoted(control);
        EXPECT_FALSE(holds_control(printable_json("{\"a" + control + "b\":1}")));
    }
}

TEST(Printable, EscapesOverlongAndBrokenSequencesByteByByte) {
    EXPECT_EQ(printable("\xC0\x9B"), R"(\xC0\x9B)");          // ESC[, overlong
    EXPECT_EQ(printable("\xE0\x80\x9B"), R"(\xE0\x80\x9B)");  //
    EXPECT_EQ(printable("\x9B\x31m"), R"(\x9B1m)");           // CSI of eight bits
    EXPECT_EQ(printable("caf\xE9"), R"(caf\xE9)");
}

TEST(Printable, LeavesWhatPeopleReadAsItIs) {
    for (const char* text : {"", "plain", "C:\\dir", "caf\u00E9 \u20AC", "\U0001F600", "\u00A0",
                             "\u2027\u202F\u2065\u206A\u200B", "\u0800"}) {
        EXPECT_EQ(printable(text), text);
        EXPECT_EQ(printable(printable(text)), text);
    }
}

TEST(Printable, KeepsTheLineFeedsOfALongerText) {
    EXPECT_EQ(printable_lines("a\r\nb\x1B\n"), "a\\r\nb\\x1B\n");
}

TEST(Printable, JsonKeepsItsMeaning) {
    EXPECT_EQ(printable_json("{\"path\":\"/caf\xE9/\u00E9\u0085\u2028\x7F\u202E\"}"),
              "{\"path\":\"/caf\\\\xE9/\u00E9\\u0085\\u2028\\u007f\\u202e\"}");
    EXPECT_EQ(printable_json("{\"a\":\"\\u0001\\\"\"}"), "{\"a\":\"\\u0001\\\"\"}");
    EXPECT_EQ(printable_json("{}"), "{}");
}

TEST(Printable, IsValidAndFreeOfControlsForAllBytes) {
    const std::uint64_t seed = std::random_device{}();
    std::mt19937_64 random(seed);
    for (int round = 0; round < 3000; ++round) {
        std::string text(random() % 60, '\0');
        std::ranges::generate(text, [&] { return static_cast<char>(random()); });
        for (std::size_t more = random() % 4; more > 0; --more) {
            const std::vector<std::string> controls = control_characters();
            text.insert(random() % (text.size() + 1), controls[random() % controls.size()]);
        }
        for (const std::string& out : {printable(text), json_quoted(text), printable_json(text)}) {
            EXPECT_TRUE(is_valid_utf8(out)) << "seed " << seed;
            EXPECT_FALSE(holds_control(out)) << "seed " << seed << ": " << json_quoted(text);
        }
        EXPECT_EQ(printable(printable(text)), printable(text)) << "seed " << seed;
    }
}

}  // namespace
}  // namespace eventfwd

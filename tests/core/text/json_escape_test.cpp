#include "core/text/json_escape.h"

#include <gtest/gtest.h>

namespace eventfwd {
namespace {

std::string escaped(std::string_view text) {
    std::string out(kJsonGrowthMax * text.size() + 16, '?');
    out.resize(static_cast<std::size_t>(write_json_escaped(out.data(), text) - out.data()));
    return out;
}

TEST(JsonEscape, EscapesWhatRfc8259Asks) {
    EXPECT_EQ(json_quoted("a\"b\\c\n\r\t\x01"), R"("a\"b\\c\n\r\t\u0001")");
}

TEST(JsonEscape, WritesBytesThatAreNotUtf8AsFourCharacters) {
    EXPECT_EQ(json_quoted("caf\xE9"), R"("caf\\xE9")");
    EXPECT_EQ(json_quoted("caf\xC3\xA9"), "\"caf\xC3\xA9\"");
}

TEST(JsonEscape, EscapesControlsThatReadersSplitAtOrTerminalsObey) {
    EXPECT_EQ(json_quoted("\u0085\u009B\u2028\u202E\x7F"), R"("\u0085\u009b\u2028\u202e\u007f")");
    EXPECT_EQ(json_quoted("\u00A0\u2027\u2030"), "\"\u00A0\u2027\u2030\"");
}

TEST(JsonEscape, AnyByteAtAnyPlaceOfABlock) {
    for (std::size_t before = 0; before < 35; ++before) {
        for (const std::string after : {"", "y", "a text that is longer than a block is"}) {
            const std::string x(before, 'x');
            EXPECT_EQ(escaped(x + after), x + after);
            EXPECT_EQ(escaped(x + "\"" + after), x + "\\\"" + after);
            EXPECT_EQ(escaped(x + "\\" + after), x + "\\\\" + after);
            EXPECT_EQ(escaped(x + "\n" + after), x + "\\n" + after);
            EXPECT_EQ(escaped(x + "\x01" + after), x + "\\u0001" + after);
            EXPECT_EQ(escaped(x + "\x1F" + after), x + "\\u001f" + after);
            EXPECT_EQ(escaped(x + "\x7F" + after), x + "\\u007f" + after);
            EXPECT_EQ(escaped(x + std::string(1, '\0') + after), x + "\\u0000" + after);
            EXPECT_EQ(escaped(x + "\xC3\xA9" + after), x + "\xC3\xA9" + after);
            EXPECT_EQ(escaped(x + "\xE9" + after), x + "\\\\xE9" + after);
        }
    }
}

}  // namespace
}  // namespace eventfwd

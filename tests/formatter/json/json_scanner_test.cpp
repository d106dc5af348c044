#include "formatter/json/json_scanner.h"

#include <gtest/gtest.h>

#include <string>

namespace eventfwd {
namespace {

bool is_value(const std::string& text) {
    JsonScanner scanner(text);
    return scanner.skip_value(0) && scanner.at_end();
}

std::string unescaped(std::string_view raw) {
    std::string out(raw.size(), '?');
    out.resize(static_cast<std::size_t>(write_json_unescaped(out.data(), raw) - out.data()));
    return out;
}

TEST(JsonScanner, TakesWhatRfc8259Allows) {
    for (const char* text :
         {"0", "-0", "10", "1.5", "1e5", "1E+5", "1.5e-5", "\"\"", "\"a\\u00e9\\/\"", "[]", "{}",
          "[1,[2],{\"a\":{}}]", "{ \"a\" : 1 , \"b\" : [ ] }", "true", "null"}) {
        EXPECT_TRUE(is_value(text)) << text;
    }
}

TEST(JsonScanner, TakesWhatPythonWrites) {
    for (const char* text : {"NaN", "Infinity", "-Infinity", "[NaN,-Infinity]"}) {
        EXPECT_TRUE(is_value(text)) << text;
    }
}

TEST(JsonScanner, RefusesAllElse) {
    for (const char* text :
         {"",          "01",     "1.",      ".5",        "+1",          "-",          "1e",
          "1e+",       "--1",    "tru",     "True",      "nul",         "nan",        "'a'",
          "\"",        "\"a",    "\"\\q\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\\"",     "\"\n\"",
          "\"\x01\"",  "[",      "[1",      "[1,",       "[1,]",        "[,]",        "[1 2]",
          "{",         "{\"a\"", "{\"a\":", "{\"a\":1",  "{\"a\":1,",   "{\"a\":1,}", "{a:1}",
          "{\"a\" 1}", "{1:1}",  "]",       "}"}) {
        EXPECT_FALSE(is_value(text)) << text;
    }
}

TEST(JsonScanner, OpensSixteenAtOnceAndNoMore) {
    EXPECT_TRUE(is_value(std::string(16, '[') + std::string(16, ']')));
    EXPECT_FALSE(is_value(std::string(17, '[') + std::string(17, ']')));
    EXPECT_FALSE(is_value(std::string(100000, '[')));
}

TEST(JsonScanner, UnescapesEveryEscape) {
    EXPECT_EQ(unescaped(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
    EXPECT_EQ(unescaped(R"(\u0041\u00e9\u20AC\ud83d\ude00)"),
              "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    EXPECT_EQ(unescaped(R"(\u0000)"), std::string_view("\0", 1));
}

TEST(JsonScanner, ReplacesUnpairedSurrogates) {
    EXPECT_EQ(unescaped(R"(\ud83dx)"), "\xEF\xBF\xBDx");
    EXPECT_EQ(unescaped(R"(\ude00\ud83d)"), "\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(unescaped(R"(\ud83d\ud83d\ude00)"), "\xEF\xBF\xBD\xF0\x9F\x98\x80");
    EXPECT_EQ(unescaped(R"(\ud83d\n)"), "\xEF\xBF\xBD\n");
}

TEST(JsonScanner, CompactsOutsideStringsOnly) {
    const std::string_view json = "[ 1 ,\t{ \"a b\" : \"c \\\" d\" } ,\r\n[ ] ]";
    std::string out(json.size(), '?');
    out.resize(static_cast<std::size_t>(write_compact_json(out.data(), json) - out.data()));
    EXPECT_EQ(out, R"([1,{"a b":"c \" d"},[]])");
}

}  // namespace
}  // namespace eventfwd

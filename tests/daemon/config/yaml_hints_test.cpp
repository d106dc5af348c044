#include "daemon/config/yaml_hints.h"

#include <gmock/gmock.h>

#include "daemon/config/settings.h"

namespace eventfwd {
namespace {

using testing::HasSubstr;

// All that is said of TEXT as a configuration, a line each.
std::string said_of(const std::string& text) {
    std::string said;
    const ReadSettings read = read_settings(text, "f.yaml", {"/state", "/logs", "/run"});
    for (const Diagnostic& problem : read.problems)
        said += problem.text() + "\n";
    return said;
}

TEST(YamlHints, SayWhichTextNeedsQuotes) {
    EXPECT_THAT(said_of("sinks: {a: {type: stdout, match: {application: [*]}}}"),
                HasSubstr("begins with * needs quotes: \"*\""));
    EXPECT_THAT(said_of("sinks:\n  a:\n    match:\n      event: *login\n"),
                HasSubstr("f.yaml:4:14: this is not YAML: the referenced anchor is not defined; a "
                          "text that begins with * needs quotes: \"*login\""));
    EXPECT_THAT(said_of("sinks:\n  a:\n    match:\n      event:\n        - shop\n        - *\n"),
                HasSubstr("needs quotes: \"*\""));
    for (const char* const value : {"@web", "%web", "`web`"}) {
        EXPECT_THAT(said_of(std::string("host: ") + value + "\n"),
                    HasSubstr(std::string("needs quotes: \"") + value + "\""));
    }
}

// Without a word of the parser's: it takes the one for a tag, and the other for an anchor.
TEST(YamlHints, FindTextsThatYamlSilentlyTakesForSomethingElse) {
    EXPECT_THAT(said_of("sinks: {a: {type: stdout, match: {application: [shop, !blog-test]}}}"),
                HasSubstr("f.yaml:1:55: expected a text; a text that begins with ! needs quotes: "
                          "\"!blog-test\""));
    EXPECT_THAT(said_of("application: !shop\n"), HasSubstr("needs quotes: \"!shop\""));
    EXPECT_THAT(said_of("application: &shop\n"), HasSubstr("begins with & needs quotes"));
    EXPECT_EQ(said_of("application: !!str shop\nhost: \"!x\"\n"), "");
}

TEST(YamlHints, SayThatATemplateNeedsQuotes) {
    for (const char* const path : {"{application}.log", "{application}/{date}.log"}) {
        EXPECT_THAT(said_of(std::string("sinks:\n  a:\n    type: file\n    path: ") + path + "\n"),
                    HasSubstr("a text with { or } in it needs quotes"));
    }
    EXPECT_THAT(said_of("sinks:\n  a: {type: file, path: /srv/{application}.log}\n"),
                HasSubstr("a text with { or } in it needs quotes"));
    EXPECT_THAT(said_of("sinks:\n  a:\n    type: file\n    path: {application}\n"),
                HasSubstr("a text that begins with { needs quotes"));
    EXPECT_EQ(said_of("sinks:\n  a:\n    type: file\n    path: /srv/{application}.log\n"), "");
}

TEST(YamlHints, SayWhereALineSeemsToBeIndentedWrongly) {
    constexpr const char* kIndented = "is the line indented like those it belongs to?";
    EXPECT_THAT(said_of("sinks:\n  a:\n    type: file\n     path: /x.log\n"), HasSubstr(kIndented));
    EXPECT_THAT(said_of("sinks:\n  a:\n    type: file\n   path: /x.log\n"), HasSubstr(kIndented));
    EXPECT_EQ(said_of("sinks:\n  a:\n  type: file\n  path: /x.log\n"),
              "f.yaml:3:9: sinks.type: expected a map of keys; if it is a part of 'a', indent it "
              "further\n");
    EXPECT_THAT(said_of("sinks:\na:\n  type: stdout\n"),
                HasSubstr("if it is a part of 'sinks', indent it further"));
    EXPECT_THAT(said_of("sinks:\n  a:\n    type: stdout\n    b:\n      type: stdout\n"),
                HasSubstr("if it is a name like 'a', indent it less"));
    EXPECT_THAT(said_of("journal:\n\tpath: x\n"), HasSubstr("not with tabs"));
    EXPECT_THAT(said_of("sinks:\n  - a:\n    type: stdout\n"), HasSubstr("without '-'"));
}

TEST(YamlHints, SayWhatIsMissingAroundAColon) {
    EXPECT_THAT(said_of("sinks:\n  a:\n    type:file\n    path: /x.log\n"),
                HasSubstr("a key needs a space behind its colon"));
    EXPECT_THAT(said_of("host: a: b\n"), HasSubstr("a colon and a space in it needs quotes"));
    EXPECT_THAT(said_of("host=web\n"),
                HasSubstr("a key is followed by a colon and a space: 'host: web'"));
    EXPECT_THAT(said_of("host:web\n"), HasSubstr("'host: web'"));
}

}  // namespace
}  // namespace eventfwd

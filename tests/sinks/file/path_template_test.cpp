#include "sinks/file/path_template.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/time_zone.h"

namespace eventfwd {
namespace {

Event event_of(std::string_view application, std::string_view name) {
    Event event;
    event.timestamp = Instant{std::chrono::seconds(1'312'803'917)};  // 2011-08-08T11:45:17Z
    event.application = application;
    event.event = name;
    return event;
}

std::string path_of(const std::string& text, const Event& event) {
    const auto path = PathTemplate::parse(text);
    return path ? path->root() + " " + path->below_root(event) : "expected " + path.error().message;
}

TEST(PathTemplate, PutsWhatAnEventHasIntoItsPlaces) {
    EXPECT_EQ(path_of("/logs/{application}/{event}-{date}T{hour}.log", event_of("shop", "login")),
              "/logs shop/login-2011-08-08T11.log");
    EXPECT_EQ(path_of("/logs/all-{date}", event_of("shop", "login")), "/logs all-2011-08-08");
}

TEST(PathTemplate, DatesAreUtcWhereverTheMachineStands) {
    const test::TimeZone east("JST-9");
    Event event = event_of("shop", "login");
    event.timestamp = Instant{std::chrono::seconds(1'312'833'599)};  // 2011-08-08T19:59:59Z
    EXPECT_EQ(path_of("/logs/{date}/{hour}", event), "/logs 2011-08-08/19");
}

// Else a sender could have the file of another removed, or its own rotated away.
TEST(PathTemplate, NoEventGetsTheNameOfARotatedFile) {
    const std::string evil = path_of("/logs/{application}", event_of("b.20200101T000000Z-1", "e"));
    EXPECT_TRUE(evil.starts_with("/logs b.20200101T000000Z-1-")) << evil;
    const std::string joined =
        path_of("/logs/{application}-{event}", event_of("b.20200101T000000Z", "1.gz"));
    EXPECT_TRUE(joined.starts_with("/logs b.20200101T000000Z-1.gz-")) << joined;
    EXPECT_EQ(path_of("/logs/b.20200101T000000Z/{event}", event_of("a", "e")),
              "/logs/b.20200101T000000Z e");
}

TEST(PathTemplate, AFixedPathIsItself) {
    EXPECT_EQ(path_of("/logs/events.log", event_of("a", "e")), "/logs events.log");
    EXPECT_TRUE(PathTemplate::parse("/logs/events.log")->is_fixed());
}

TEST(PathTemplate, NothingInAnEventLeadsOutOfTheRoot) {
    for (const char* evil : {"..", ".", "../../etc/passwd", "/etc/passwd", "a/../.."}) {
        const std::string path = path_of("/logs/{application}.d/{event}", event_of(evil, evil));
        EXPECT_EQ(path.find("/../"), std::string::npos) << path;
        EXPECT_FALSE(path.ends_with("/..") || path.ends_with("/.")) << path;
        EXPECT_EQ(std::ranges::count(path, '/'), 2) << path;
    }
}

TEST(PathTemplate, SaysWhatItExpected) {
    EXPECT_EQ(path_of("/logs/{user}.log", {}),
              "expected {application}, {event}, {date} or {hour}, not {user}");
    EXPECT_EQ(path_of("/logs/{event.log", {}), "expected a '}' behind every '{'");
    EXPECT_EQ(path_of("/logs/event}.log", {}), "expected a '}' without its '{'");
    EXPECT_EQ(path_of("/{application}/x", {}),
              "expected a literal directory in front of the first placeholder");
    EXPECT_EQ(path_of("/logs/", {}), "expected the path of a file, not of a directory");
    EXPECT_EQ(path_of("/logs/{event}/../x", {}), "expected no '..' behind a placeholder's root");
}

TEST(SafeFileName, KeepsWhatIsSafeAndTellsTheRestApart) {
    EXPECT_EQ(safe_file_name("my-app_1.0"), "my-app_1.0");
    EXPECT_NE(safe_file_name("a/b"), safe_file_name("a_b"));
    EXPECT_NE(safe_file_name("a/b"), safe_file_name("a\\b"));
    EXPECT_EQ(safe_file_name("a/b").substr(0, 4), "a_b-");
    EXPECT_EQ(safe_file_name(std::string(64, 'x')), std::string(64, 'x'));
    EXPECT_NE(safe_file_name(std::string(65, 'x')), safe_file_name(std::string(66, 'x')));
    EXPECT_EQ(safe_file_name("..").substr(0, 3), "..-");
}

}  // namespace
}  // namespace eventfwd

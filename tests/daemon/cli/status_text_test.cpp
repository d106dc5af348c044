#include "daemon/cli/status_text.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "daemon/status/status_json.h"

namespace eventfwd {
namespace {

using testing::HasSubstr;
using testing::Not;

boost::json::object status_at(double uptime_seconds, std::uint64_t events) {
    Status status;
    status.version = "1";
    status.uptime_seconds = uptime_seconds;
    status.journal = {1, events, 1 << 20, 1, events, 0};
    InputStatus input{"local", {{}, 3}, {}, true};
    input.counts.intake.packets = input.counts.intake.received = input.counts.intake.accepted =
        events;
    input.counts.intake.refused[static_cast<std::size_t>(Refusal::syntax)] = 2;
    status.inputs = {input};
    SinkStatus sink{"lines", {}, 3 << 19};
    sink.courier.state = SinkState::retrying;
    sink.courier.last_error = "append to events.log: No space left on device";
    sink.courier.cursor = sink.courier.ledger.delivered = events;
    sink.courier.connections = {{"https://a:8088", "connected", ""},
                                {"https://a:8088", "connected", ""},
                                {"https://a:8088", "backed off", "refused"},
                                {"https://b:8088", "not connected", ""}};
    status.sinks = {sink};
    return boost::json::parse(to_json(status)).as_object();
}

TEST(StatusText, ShowsEveryInputAndSinkWithItsTrouble) {
    const std::string text = status_text(status_at(60, 1'234'567), {});
    EXPECT_THAT(text, HasSubstr("eventfwd 1, up 60 s\n"));
    EXPECT_THAT(text, HasSubstr("local             1,234,567    1,234,567"));
    EXPECT_THAT(text, HasSubstr("local             1,234,567    1,234,567            3   2 syntax\n"
                                "    waits for the journal to take more"));
    EXPECT_THAT(text, HasSubstr("lines          retrying       1,234,567"));
    EXPECT_THAT(text, HasSubstr("append to events.log: No space left on device\n"));
    EXPECT_THAT(text, HasSubstr("    1.5 MiB "));
    EXPECT_THAT(text, HasSubstr("https://a:8088: 1 backed off, 2 connected\n"));
    EXPECT_THAT(text, HasSubstr("https://b:8088: 1 not connected\n"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, Not(HasSubstr("a second")));
}

TEST(StatusText, ShowsEventsASecondSinceAnEarlierStatus) {
    const auto before = status_at(60, 1000);
    const std::string text = status_text(status_at(62, 101'000), {false, &before});
    EXPECT_THAT(text, HasSubstr("a second"));
    EXPECT_THAT(text, HasSubstr("     50,000 "));
}

TEST(StatusText, ShowsNoRateOverARestart) {
    const auto before = status_at(600, 1000);
    EXPECT_THAT(status_text(status_at(2, 10), {false, &before}), Not(HasSubstr(" -")));
}

TEST(StatusText, SaysThatADaemonIsOfAnotherVersion) {
    auto status = status_at(60, 1);
    status.at("sinks").at("lines").as_object().erase("pending_bytes");
    EXPECT_THAT(status_text(status, {}), HasSubstr("of another version"));
}

TEST(StatusText, HasColoursForATerminal) {
    EXPECT_THAT(status_text(status_at(60, 1), {true, nullptr}), HasSubstr("\x1b[31mretrying"));
}

}  // namespace
}  // namespace eventfwd

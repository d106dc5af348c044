#include "sinks/syslog/syslog_message.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/time_zone.h"

namespace eventfwd {
namespace {

using Protocol = SyslogFormat::Protocol;
using Framing = SyslogFormat::Framing;

const std::string kLine =
    "2011-08-08T11:45:17.735045Z application=\"shop\" event=\"login\" analytics_prop__n=\"1\"\n";

class SyslogMessageTest : public testing::Test {
  protected:
    SyslogMessageTest() {
        format_.host = "web-1";
        format_.framing = Framing::none;
    }
    static std::string without_line_feed(const std::string& line) {
        return line.substr(0, line.size() - 1);
    }
    std::string render(const std::string& lines) { return render(lines, lines); }
    // SOURCES as the journal has them, LINES in the sink's form.
    std::string render(const std::string& sources, const std::string& lines) {
        const auto count = static_cast<std::uint32_t>(std::ranges::count(sources, '\n'));
        const LineRun source{1, count, sources};
        const LineRun run{1, count, lines};
        Batch batch{{&run, 1}, {&source, 1}, count};
        if (sources == lines) batch.runs = batch.sources;
        SyslogRenderer renderer(format_, 42);
        messages_.clear();
        const SyslogMessages rendered = renderer.render(batch);
        for (std::size_t index = 0; index < rendered.count(); ++index)
            messages_.emplace_back(rendered.message(index));
        return std::string(rendered.bytes);
    }
    std::string event_named(const std::string& name) {
        return "2011-08-08T11:45:17.735045Z application=\"a\" event=\"" + name + "\"\n";
    }
    std::string message_id_of(const std::string& name) {
        const std::string message = render(event_named(name));
        const std::size_t at = message.find(" 42 ") + 4;
        return message.substr(at, message.find(' ', at) - at);
    }

    const test::TimeZone zone_{"UTC"};
    SyslogFormat format_;
    std::vector<std::string> messages_;
};

TEST_F(SyslogMessageTest, Rfc5424HasTimeHostProcessAndEvent) {
    EXPECT_EQ(render(kLine), "<134>1 2011-08-08T11:45:17.735045Z web-1 eventfwd 42 login - " +
                                 without_line_feed(kLine));
}

TEST_F(SyslogMessageTest, Rfc3164HasLocalTimeAndATag) {
    format_.protocol = Protocol::rfc3164;
    EXPECT_EQ(render(kLine),
              "<134>Aug  8 11:45:17 web-1 eventfwd[42]: " + without_line_feed(kLine));
    const test::TimeZone zone("EST5");
    EXPECT_TRUE(render(kLine).starts_with("<134>Aug  8 06:45:17 web-1 "));
}

TEST_F(SyslogMessageTest, Rfc3164FollowsTheEventsTimes) {
    format_.protocol = Protocol::rfc3164;
    render(
        "2011-08-08T11:45:17.735045Z application=\"a\" event=\"e\"\n"
        "2011-08-08T11:45:17.999999Z application=\"a\" event=\"e\"\n"
        "2011-12-31T23:59:59.000000Z application=\"a\" event=\"e\"\n"
        "1969-12-31T23:59:58.500000Z application=\"a\" event=\"e\"\n");
    EXPECT_TRUE(messages_[0].starts_with("<134>Aug  8 11:45:17 ")) << messages_[0];
    EXPECT_TRUE(messages_[1].starts_with("<134>Aug  8 11:45:17 ")) << messages_[1];
    EXPECT_TRUE(messages_[2].starts_with("<134>Dec 31 23:59:59 ")) << messages_[2];
    EXPECT_TRUE(messages_[3].starts_with("<134>Dec 31 23:59:58 ")) << messages_[3];
}

TEST_F(SyslogMessageTest, PriorityIsFacilityTimesEightPlusSeverity) {
    const auto priority = [&](std::size_t facility, std::size_t severity) {
        format_.facility = facility;
        format_.severity = severity;
        const std::string message = render(kLine);
        return message.substr(0, message.find('>') + 1);
    };
    EXPECT_EQ(priority(0, 0), "<0>");
    EXPECT_EQ(priority(1, 5), "<13>");
    EXPECT_EQ(priority(23, 7), "<191>");
    EXPECT_EQ(kSyslogFacilities[3], "daemon");
    EXPECT_EQ(kSyslogFacilities[16], "local0");
    EXPECT_EQ(kSyslogFacilities[23], "local7");
    EXPECT_EQ(kSyslogSeverities[3], "err");
}

TEST_F(SyslogMessageTest, OctetCountingPutsTheLengthInFront) {
    const std::string message = render(kLine);
    format_.framing = Framing::octet_counting;
    EXPECT_EQ(render(kLine), std::to_string(message.size()) + " " + message);
    EXPECT_EQ(render(kLine + kLine), std::to_string(message.size()) + " " + message +
                                         std::to_string(message.size()) + " " + message);
}

TEST_F(SyslogMessageTest, LengthsAreOfBytesNotOfCharacters) {
    const std::string line = event_named(
        "gr\xc3\xb6\xc3\x9f"
        "e");
    const std::string message = render(line);
    format_.framing = Framing::octet_counting;
    EXPECT_EQ(render(line), std::to_string(message.size()) + " " + message);
}

TEST_F(SyslogMessageTest, LineFeedFramingEndsEveryMessage) {
    const std::string message = render(kLine);
    format_.framing = Framing::lf;
    EXPECT_EQ(render(kLine + kLine), message + "\n" + message + "\n");
}

TEST_F(SyslogMessageTest, TellsWhereEachMessageEnds) {
    const std::string longer = event_named("a_longer_name");
    const std::string first = render(kLine);
    const std::string second = render(longer);
    format_.framing = Framing::none;
    render(kLine + longer);
    EXPECT_EQ(messages_, (std::vector<std::string>{first, second}));
}

TEST_F(SyslogMessageTest, MessageIdIsWhatTheRfcAllowsOfTheName) {
    EXPECT_EQ(message_id_of("login"), "login");
    EXPECT_EQ(message_id_of("user login"), "userlogin");
    EXPECT_EQ(message_id_of("\xc3\xb6"), "-");
    EXPECT_EQ(message_id_of("a\\\"b\\\\c"), "a\"b\\c");  // as it is, not as the line escapes it
    EXPECT_EQ(message_id_of(std::string(32, 'x')), std::string(32, 'x'));
    EXPECT_EQ(message_id_of(std::string(256, 'x')), std::string(32, 'x'));
    EXPECT_EQ(message_id_of("a\\x00\\nb"), "ab");
}

TEST_F(SyslogMessageTest, HostIsWhatTheRfcAllows) {
    format_.host = "web 1\n";
    EXPECT_TRUE(render(kLine).contains("Z web1 eventfwd "));
    format_.host = "";
    EXPECT_TRUE(render(kLine).contains("Z - eventfwd "));
    format_.host = std::string(300, 'h');
    EXPECT_TRUE(render(kLine).contains("Z " + std::string(255, 'h') + " eventfwd "));
}

TEST_F(SyslogMessageTest, TheTextIsInTheSinksFormAndTheHeaderOfTheSource) {
    const std::string message = render(kLine + event_named("other"), "{\"a\":1}\n{\"b\":2}\n");
    EXPECT_EQ(messages_[0],
              "<134>1 2011-08-08T11:45:17.735045Z web-1 eventfwd 42 login - {\"a\":1}");
    EXPECT_EQ(messages_[1],
              "<134>1 2011-08-08T11:45:17.735045Z web-1 eventfwd 42 other - {\"b\":2}");
}

TEST_F(SyslogMessageTest, ALineOfAnyOtherShapeGoesWithoutTimeAndName) {
    EXPECT_EQ(render("not a line\n"), "<134>1 - web-1 eventfwd 42 - - not a line");
    EXPECT_EQ(render("\n"), "<134>1 - web-1 eventfwd 42 - - ");
}

TEST_F(SyslogMessageTest, ABufferIsUsedAgain) {
    SyslogRenderer renderer(format_, 42);
    const LineRun run{1, 1, kLine};
    const Batch batch{{&run, 1}, {&run, 1}, 1};
    const char* const first = renderer.render(batch).bytes.data();
    const SyslogMessages again = renderer.render(batch);
    EXPECT_EQ(again.bytes.data(), first);
    EXPECT_EQ(again.count(), 1U);
}

}  // namespace
}  // namespace eventfwd

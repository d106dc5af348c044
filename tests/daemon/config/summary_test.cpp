#include "daemon/config/summary.h"

#include <gmock/gmock.h>

namespace eventfwd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

ReadSettings read_good(const std::string& text) {
    ReadSettings result = read_settings(text, "/etc/x/f.yaml", {"/state", "/logs", "/run/eventfwd"});
    EXPECT_TRUE(result.problems.empty()) << text;
    return result;
}

Settings settings_of(const std::string& text) {
    return read_good(text).settings;
}

std::vector<std::string> warnings(const std::string& text) {
    std::vector<std::string> texts;
    for (const Diagnostic& warning : warnings_of(read_good(text)))
        texts.push_back(warning.path + ": " + warning.message);
    return texts;
}

// Of a configuration whose only sink has OPTIONS.
std::vector<std::string> warnings_of_sink(const std::string& options) {
    return warnings("sinks: {s: {" + options + "}}");
}

TEST(Summary, SaysWhatRunsWithoutAFile) {
    EXPECT_EQ(
        summary_of(settings_of("")),
        "inputs\n"
        "  packets      udp 127.0.0.1:8514 [::1]:8514\n"
        "  local        unix_datagram /run/eventfwd.sock (mode 0666)\n"
        "journal\n"
        "  /state/journal, at most 8GiB in segments of 64MiB, synced every 1s: a power cut "
        "costs at most that\n"
        "sinks\n"
        "  lines        file /logs/events.log, rotated at 1GiB or 1d, 10 kept (format: line)\n"
        "dead letters\n"
        "  /state/dead-letters, at most 64MiB\n"
        "control\n"
        "  /run/eventfwd/control.sock\n");
    EXPECT_THAT(warnings(""), IsEmpty());
}

TEST(Summary, DescribesASinkOfEachType) {
    const std::string text = summary_of(settings_of(R"(
sinks:
  a: {type: file, path: /x.log, rotate: {size: 1KiB, age: 1h, keep: 2}, format: sdk_line}
  b: {type: hec, urls: [https://a:1, https://b:2], token_env: T, format: json}
  c: {type: hec, urls: https://a:1, token_env: T, acknowledgements: on, compression: none}
  d: {type: stdout}
  e: {type: syslog, address: "tcp://localhost:601", facility: daemon, severity: err}
  f: {type: syslog, address: "unixgram:///dev/log", protocol: rfc3164}
)"));
    for (const char* line :
         {"  a            file /x.log, rotated at 1KiB or 1h, 2 kept (format: sdk_line)\n",
          "  b            hec https://a:1 https://b:2, 4 connections, gzip, acknowledgements off "
          "(format: json)\n",
          "  c            hec https://a:1, 4 connections, not compressed, acknowledgements on "
          "(format: line)\n",
          "  d            stdout (format: line)\n",
          "  e            syslog tcp://localhost:601, RFC 5424, daemon.err (format: line)\n",
          "  f            syslog unixgram:///dev/log, RFC 3164, local0.info (format: line)\n"}) {
        EXPECT_THAT(text, HasSubstr(line));
    }
}

TEST(Summary, SaysWhatAPowerCutCosts) {
    EXPECT_THAT(summary_of(settings_of("journal: {sync: never}")),
                HasSubstr("64MiB, never synced"));
    EXPECT_THAT(summary_of(settings_of("journal: {sync: always}")), HasSubstr("synced at once\n"));
}

TEST(Warnings, WarnsOfAHecThatGetsTheTokenInClearText) {
    EXPECT_THAT(warnings_of_sink("type: hec, token_env: T, urls: ['http://a:1', 'https://b:1', "
                                 "'http://127.0.0.1:1']"),
                ElementsAre("sinks.s: http://a:1 sends the token and every event unencrypted"));
}

TEST(Warnings, WarnsOfAHecThatMayBeAnyServer) {
    EXPECT_THAT(
        warnings_of_sink("type: hec, token_env: T, urls: 'https://a:1', tls: {verify: false}"),
        ElementsAre("sinks.s.tls.verify: false sends the token to whoever answers"));
}

TEST(Warnings, WarnsOfAcknowledgementsBehindABalancer) {
    EXPECT_THAT(
        warnings_of_sink("type: hec, token_env: T, urls: 'https://a:1', acknowledgements: on"),
        ElementsAre(StartsWith("sinks.s.acknowledgements: an acknowledgement is known to the ")));
}

TEST(Warnings, WarnsOfSyslogInClearTextToAnotherMachine) {
    EXPECT_THAT(warnings_of_sink("type: syslog, address: 'tcp://logs:601'"),
                ElementsAre("sinks.s: tcp://logs:601 sends events in clear text over the network; "
                            "tls:// would not"));
    EXPECT_THAT(warnings_of_sink("type: syslog, address: 'udp://[2001:db8::1]:514'"),
                ElementsAre(HasSubstr("clear text")));
    for (const char* address : {"tcp://localhost:601", "udp://127.0.0.1:514", "tcp://[::1]:601",
                                "unixgram:///dev/log", "tls://logs:6514"}) {
        EXPECT_THAT(warnings_of_sink("type: syslog, address: '" + std::string(address) + "'"),
                    IsEmpty())
            << address;
    }
}

TEST(Warnings, WarnsOfASyslogServerThatMayBeAnyServer) {
    EXPECT_THAT(warnings_of_sink("type: syslog, address: 'tls://logs:6514', tls: {verify: false}"),
                ElementsAre("sinks.s.tls.verify: false sends every event to whoever answers"));
}

TEST(Warnings, WarnsOfAUdpInputThatOtherMachinesReach) {
    EXPECT_THAT(warnings("inputs: {a: {type: udp, listen: ['127.0.0.1:1', "
                         "'0.0.0.0:1']}}"),
                ElementsAre("inputs.a: 0.0.0.0:1 can be reached from other machines; UDP has no "
                            "sender that could be trusted"));
}

TEST(Warnings, WarnsOfAJournalThatRefusesForTheSakeOfOneSink) {
    const std::string refuses = "journal: {when_full: refuse}\n";
    EXPECT_THAT(warnings(refuses), IsEmpty());
    EXPECT_THAT(warnings(refuses + "sinks: {a: {type: stdout}, b: {type: file, path: /x.log}}"),
                ElementsAre(StartsWith("journal.when_full: refuse lets one sink that stays down")));
}

TEST(Warnings, WarnsOfARetentionThatTheJournalHasNoRoomFor) {
    EXPECT_THAT(warnings("journal: {retain: 1h}"), IsEmpty());
    EXPECT_THAT(warnings("journal: {retain: 30d, max_size: 1GiB}"),
                ElementsAre("journal.retain: 30d are kept only while less than 0.4 KiB of lines a "
                            "second come, for max_size is 1GiB"));
}

}  // namespace
}  // namespace eventfwd

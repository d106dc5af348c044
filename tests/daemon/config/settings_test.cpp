#include "daemon/config/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

const BaseDirectories kBase{"/state", "/logs", "/run/eventfwd"};

ReadSettings read(const std::string& text) {
    return read_settings(text, "/etc/x/f.yaml", kBase);
}

std::vector<std::string> texts_of(const Diagnostics& problems) {
    std::vector<std::string> texts;
    for (const Diagnostic& problem : problems)
        texts.push_back(problem.text().substr(std::string("/etc/x/f.yaml:").size()));
    return texts;
}

std::vector<std::string> problems(const std::string& text) {
    return texts_of(read(text).problems);
}

TEST(Settings, WithoutAFileEverythingHasADefault) {
    const ReadSettings empty = read_settings("", "", kBase);
    EXPECT_TRUE(empty.problems.empty());
    const Settings& settings = empty.settings;
    ASSERT_EQ(settings.inputs.size(), 2U);
    EXPECT_EQ(std::get<UdpOptions>(settings.inputs[0].source).listen[1].text(), "[::1]:8514");
    EXPECT_EQ(std::get<UnixDatagramOptions>(settings.inputs[1].source).path, "/run/eventfwd.sock");
    EXPECT_EQ(settings.journal.path, "/state/journal");
    EXPECT_EQ(std::get<FileSinkOptions>(settings.sinks[0].destination).path, "/logs/events.log");
    EXPECT_EQ(settings.control_path, "/run/eventfwd/control.sock");
    EXPECT_EQ(settings.journal.sync.interval, 1s);
}

TEST(Settings, OfHeldSocketsSayWhetherTheConfigurationNamesInputs) {
    const HeldSocketOptions unnamed = read("application: shop").settings.held_sockets;
    EXPECT_TRUE(unnamed.are_all);
    EXPECT_EQ(unnamed.intake.application, "shop");
    EXPECT_FALSE(read("inputs: {one: {type: udp}}").settings.held_sockets.are_all);
}

// The directory of a user's own sockets, and systemd's: the socket is beside it, as in the unit.
TEST(Settings, TheDefaultSocketIsBesideTheRuntimeDirectory) {
    const ReadSettings user = read_settings("", "", {"/s", "/l", "/run/user/7/eventfwd"});
    EXPECT_EQ(std::get<UnixDatagramOptions>(user.settings.inputs[1].source).path,
              "/run/user/7/eventfwd.sock");
}

TEST(Settings, ASectionThatIsPresentReplacesItsDefault) {
    const Settings settings = read("inputs: {one: {type: udp, listen: '127.0.0.1:1'}}").settings;
    ASSERT_EQ(settings.inputs.size(), 1U);
    EXPECT_EQ(settings.inputs[0].intake.name, "one");
}

TEST(Settings, ReadsWhatTheyMean) {
    const ReadSettings result = read(R"(
application: shop
stop_timeout: 250ms
inputs:
  local: {type: unix_datagram, path: s.sock, mode: "0622", allow_uids: [0, 1000], naive_time: local, max_packet: 8KiB}
  packets: {type: udp, application: other, receive_buffer: 1MiB}
journal: {path: j, segment_size: 1MiB, max_size: 4MiB, when_full: refuse, sync: always, retain: 7d}
sinks:
  files:
    type: file
    path: /l/{application}.log
    format: json
    rotate: {size: 1KiB, age: 1h, keep: 3}
    mode: "0600"
    match: {application: [shop, "!blog"], event: login}
    from: end
    retry: {initial: 1s, max: 2s}
log: {level: debug, format: json}
)");
    EXPECT_THAT(texts_of(result.problems), ElementsAre());
    const Settings& settings = result.settings;
    const auto& local = std::get<UnixDatagramOptions>(settings.inputs[0].source);
    EXPECT_EQ(local.path, "/etc/x/s.sock");
    EXPECT_EQ(local.mode, 0622U);
    EXPECT_EQ(local.datagram.receive_buffer_bytes, 4U << 20);
    const auto& udp = std::get<UdpOptions>(settings.inputs[1].source);
    EXPECT_EQ(udp.datagram.receive_buffer_bytes, 1U << 20);
    EXPECT_EQ(settings.inputs[0].intake.allow_uids, (std::vector<uid_t>{0, 1000}));
    EXPECT_EQ(settings.inputs[0].intake.application, "shop");
    EXPECT_EQ(settings.inputs[0].intake.decode.naive_time, NaiveTime::local);
    EXPECT_EQ(settings.inputs[0].intake.decode.packet_bytes_max, 8192U);
    EXPECT_EQ(settings.inputs[1].intake.application, "other");
    EXPECT_EQ(settings.journal.when_full, WhenFull::refuse);
    EXPECT_EQ(settings.journal.sync.when, SyncPolicy::When::always);
    EXPECT_EQ(settings.journal.retain, 168h);
    const SinkSettings& sink = settings.sinks[0];
    EXPECT_EQ(sink.courier.form, Form::json);
    EXPECT_FALSE(sink.courier.from_start);
    EXPECT_FALSE(sink.courier.match.application.passes("blog"));
    const auto& file = std::get<FileSinkOptions>(sink.destination);
    EXPECT_EQ(file.rotate.keep, 3U);
    EXPECT_EQ(file.mode, 0600U);
    EXPECT_EQ(settings.log.format, LogFormat::json);
}

TEST(Settings, TellsAllProblemsAtOnceInTheOrderOfTheFile) {
    EXPECT_THAT(
        problems(
            "journal:\n  snyc: 1s\n  max_size: 4MB\nsinks:\n  a: {type: file, path: x, mode: 9}\n"
            "  b: {type: fiel, path: x, format: lnie}\nlog: {level: loud}\nstop_timeout: 5\n"),
        ElementsAre(
            "2:3: journal.snyc: unknown key, did you mean sync?; known here: max_size, path, "
            "retain, "
            "segment_size, sync, when_full",
            "3:13: journal.max_size: expected a size like 64KiB or 4GiB, found '4MB'",
            "5:34: sinks.a.mode: expected an octal mode like \"0640\", found '9'",
            "6:13: sinks.b.type: expected one of file, hec, stdout, syslog, found 'fiel'; did you "
            "mean "
            "file?",
            "6:36: sinks.b.format: expected one of line, sdk_line, json, found 'lnie'; did you "
            "mean line?",
            "7:14: log.level: expected one of debug, info, warn, error, found 'loud'",
            "8:15: stop_timeout: expected a duration like 250ms, 5m or 7d, found '5'"));
}

TEST(Settings, FindsWhatTheParserKeepsSilentAbout) {
    EXPECT_THAT(problems("log: {level: info}\nlog: {level: warn}\n"),
                ElementsAre("2:1: log: given twice"));
    EXPECT_THAT(
        problems("sinks: [a, b]\n"),
        ElementsAre("1:8: sinks: expected a map of keys, found a list; a key stands by itself, "
                    "without '-'",
                    "1:8: sinks: expected at least one"));
    EXPECT_THAT(problems("journal: {path: [a]}\n"),
                ElementsAre("1:17: journal.path: expected a text, found a list"));
    EXPECT_THAT(problems("journal: {path: \"a\\0b\"}"),
                ElementsAre("1:17: journal.path: expected a text without zero bytes"));
}

// The parser takes all that follows for a part of it.
TEST(Settings, FindsAQuoteThatHasNoEnd) {
    EXPECT_THAT(
        problems("host: 'web-1\nfoo: 1\n"),
        ElementsAre("1:7: a quote that has no end: all that follows would be a part of it"));
    EXPECT_THAT(
        problems("application: \"\xC3\xBC'\\\"\"\nhost: \"web-1\n"),
        ElementsAre("2:7: a quote that has no end: all that follows would be a part of it"));
    EXPECT_THAT(problems("host: 'it''s'\napplication: \"a\\\"b\"\n"), ElementsAre());
    const std::string mark = "\xEF\xBB\xBF";  // of the order of bytes
    EXPECT_THAT(problems(mark + "\"host\": web-1\njournal: {'path': x}\n"), ElementsAre());
    EXPECT_THAT(
        problems(mark + "host: \"web-1\n"),
        ElementsAre("1:7: a quote that has no end: all that follows would be a part of it"));
}

TEST(Settings, ReadsCommonKeysOfAnInputOfUnknownType) {
    EXPECT_THAT(problems("inputs:\n  a: {type: unix_datgram, mode: 9, application: ''}\n"
                         "  b: {application: x}\n  c: {application: y}\n"),
                ElementsAre("2:13: inputs.a.type: expected one of udp, unix_datagram, found "
                            "'unix_datgram'; did you mean unix_datagram?",
                            "2:49: inputs.a.application: expected a text, found an empty one",
                            "3:6: inputs.b.type: missing; expected udp or unix_datagram",
                            "4:6: inputs.c.type: missing; expected udp or unix_datagram"));
}

TEST(Settings, NothingIsToldOfWhatFollowsFromAFaultyValue) {
    EXPECT_THAT(problems("journal: {segment_size: 256KiB, max_size: 4MiB}"),
                ElementsAre("1:25: journal.segment_size: expected a size from 1MiB to 1GiB, found "
                            "256KiB"));
}

TEST(Settings, NoPlaceholderIsTakenAwayByWhatLeadsBack) {
    EXPECT_THAT(problems("sinks: {a: {type: file, path: 'x/{application}/../y.log'}}"),
                ElementsAre("1:31: sinks.a.path: expected no '..' behind a placeholder"));
}

TEST(Settings, APathOfASocketIsOneThatASocketTakes) {
    const std::string long_path(120, 'x');
    EXPECT_THAT(problems("control: {path: /" + long_path + "}"),
                ElementsAre("1:17: control.path: expected a path of at most 107 bytes, as a socket "
                            "has"));
}

TEST(Settings, WhereNothingIsGivenTheKeyIsThePlace) {
    EXPECT_THAT(
        problems("inputs:\n  a:\n    type: udp\n    listen:\n\nsinks:\n  b: ~\n"),
        ElementsAre("4:5: inputs.a.listen: expected a text or a list of texts, found nothing",
                    "7:3: sinks.b.type: missing; expected file, hec, stdout or syslog"));
}

TEST(Settings, RetriesBeginNoLaterThanAtTheirMaximum) {
    EXPECT_THAT(problems("sinks: {a: {type: syslog, address: 'udp://127.0.0.1:1', retry: {initial: "
                         "2s, max: 1s}}}"),
                ElementsAre("1:74: sinks.a.retry.initial: expected at most what `max` is, 1s"));
    EXPECT_THAT(problems("sinks: {a: {type: syslog, address: 'udp://127.0.0.1:1', retry: {max: "
                         "1ms}}}"),
                ElementsAre());
}

TEST(Settings, OneDocumentIsReadAndNothingBehindIt) {
    EXPECT_THAT(problems("log: {level: info}\n---\nlog: {level: warn}\n"),
                ElementsAre("2:1: something behind the end of the document; only one is read"));
    EXPECT_THAT(problems("{log: {level: info}},\n"),
                ElementsAre("1:21: something behind the end of the document; only one is read"));
    EXPECT_THAT(problems("log: {level: info}\n...\n"), ElementsAre());
    EXPECT_THAT(problems(","), Not(IsEmpty()));
}

TEST(Settings, TellsToQuoteAnIpv6Address) {
    for (const char* text : {"inputs: {a: {type: udp, listen: [::1]:8514}}",
                             "inputs:\n  a:\n    type: udp\n    listen: [::1]:8514\n",
                             "inputs: {a: {type: udp, listen: [[::1]:8514]}}"}) {
        const auto found = problems(text);
        ASSERT_FALSE(found.empty()) << text;
        EXPECT_TRUE(found[0].contains("needs quotes: \"[::1]:8514\"")) << found[0];
    }
}

TEST(Settings, NamesTheItemOfAListThatIsWrong) {
    EXPECT_THAT(problems("inputs:\n  a: {type: udp, listen: ['127.0.0.1:1', nowhere]}\n  b: {type: "
                         "unix_datagram, path: s, allow_uids: [0, ann]}\n"),
                ElementsAre("2:42: inputs.a.listen[1]: expected an address like 127.0.0.1:8514 or "
                            "\"[::1]:8514\", found 'nowhere'",
                            "3:53: inputs.b.allow_uids[1]: expected user ids, found 'ann'"));
}

TEST(Settings, ReadsASyslogSink) {
    const ReadSettings result = read(R"(
host: web-1
sinks:
  near: {type: syslog, address: "unixgram:///dev/log"}
  far:
    type: syslog
    address: tcp://logs.example.com:601
    protocol: rfc3164
    framing: lf
    facility: daemon
    severity: err
    host: web-2
    timeout: 5s
    from: start
  safe: {type: syslog, address: "tls://[::1]:6514", tls: {verify: false}}
)");
    EXPECT_THAT(texts_of(result.problems), ElementsAre());
    const auto options = [&](std::size_t index) {
        return std::get<SyslogSinkOptions>(result.settings.sinks[index].destination);
    };
    EXPECT_EQ(options(0).format.framing, SyslogFormat::Framing::none);
    EXPECT_EQ(options(0).format.host, "web-1");
    EXPECT_EQ(options(0).format.facility, 16U);
    EXPECT_EQ(options(0).format.severity, 6U);
    EXPECT_EQ(options(0).peer.timeout, 30s);
    EXPECT_FALSE(result.settings.sinks[0].courier.from_start);
    EXPECT_EQ(options(1).peer.address.host, "logs.example.com");
    EXPECT_EQ(options(1).format.protocol, SyslogFormat::Protocol::rfc3164);
    EXPECT_EQ(options(1).format.framing, SyslogFormat::Framing::lf);
    EXPECT_EQ(options(1).format.facility, 3U);
    EXPECT_EQ(options(1).format.severity, 3U);
    EXPECT_EQ(options(1).format.host, "web-2");
    EXPECT_EQ(options(1).peer.timeout, 5s);
    EXPECT_TRUE(result.settings.sinks[1].courier.from_start);
    EXPECT_FALSE(options(2).peer.tls.verify);
    EXPECT_EQ(options(2).format.framing, SyslogFormat::Framing::octet_counting);
}

TEST(Settings, TellsWhatASyslogAddressHasNoUseFor) {
    EXPECT_THAT(
        problems("sinks:\n  a: {type: syslog}\n  b: {type: syslog, address: 'tcp://localhost'}\n"
                 "  c: {type: syslog, address: 'udp://a:1', framing: lf}\n"
                 "  d: {type: syslog, address: 'tls://a:1', framing: lf}\n"
                 "  e: {type: syslog, address: 'tcp://a:1', tls: {verify: false}}\n"
                 "  f: {type: syslog, address: 'tls://a:1', tls: {ca: none.pem}}\n"
                 "  g: {type: syslog, address: 'tcp://a:1', facility: local8}\n"),
        ElementsAre(
            "2:6: sinks.a.address: missing; expected an address like tcp://localhost:601",
            "3:30: sinks.b.address: expected a host and a port, like localhost:514 or [::1]:514, "
            "found 'localhost'",
            "4:52: sinks.c.framing: expected none for datagrams: each is one message",
            "5:52: sinks.d.framing: expected octet_counting, as RFC 5425 has it for TLS",
            "6:48: sinks.e.tls: expected with a tls:// address alone",
            testing::StartsWith("7:53: sinks.f.tls.ca: read certificates of /etc/x/none.pem: "),
            testing::StartsWith("8:53: sinks.g.facility: expected one of kern, user, ")));
}

TEST(Settings, TellsOfEveryFileOfATlsSectionWhateverTheAddressIs) {
    EXPECT_THAT(
        problems("sinks: {a: {type: syslog, address: nowhere, tls: {ca: x.pem,\n"
                 "certificate: y.pem, key: z.pem}}}"),
        ElementsAre(
            testing::HasSubstr("1:36: sinks.a.address: "),
            testing::StartsWith("1:55: sinks.a.tls.ca: read certificates of /etc/x/x.pem: "),
            testing::StartsWith("2:14: sinks.a.tls.certificate: read certificate /etc/x/y.pem: "),
            testing::StartsWith("2:26: sinks.a.tls.key: read private key /etc/x/z.pem: ")));
}

TEST(Settings, TwoInputsOnOneAddressAreOneTooMany) {
    EXPECT_THAT(
        problems("inputs:\n  a: {type: udp, listen: '127.0.0.1:1'}\n  b: {type: udp, listen: "
                 "'127.0.0.1:1'}\n"),
        ElementsAre("3:26: inputs.b.listen: udp 127.0.0.1:1 is in use by inputs.a.listen already"));
}

TEST(Settings, TheDefaultInputsKeepTheirAddresses) {
    EXPECT_THAT(problems("control: {path: /run/eventfwd.sock}\n"),
                ElementsAre("1:17: control.path: /run/eventfwd.sock is in use by inputs.local.path "
                            "already"));
}

TEST(Settings, OnePathIsForOneThing) {
    const auto found = problems(
        "inputs:\n  a: {type: unix_datagram, path: /x/s}\ncontrol: {path: /x/s}\n"
        "journal: {path: /x/j}\ndead_letters: {path: /x/j}\n");
    EXPECT_THAT(found,
                ElementsAre("3:17: control.path: /x/s is in use by inputs.a.path already",
                            "5:22: dead_letters.path: /x/j is in use by journal.path already"));
}

TEST(Settings, NoFileIsThatOfTwoSinks) {
    EXPECT_THAT(problems("sinks:\n  a: {type: file, path: '/e/{application}.log'}\n"
                         "  b: {type: file, path: /e/shop.log}\n"
                         "  c: {type: file, path: /e/shop.log/x}\n"),
                ElementsAre("3:25: sinks.b.path: can lead to the same file as sinks.a.path",
                            "4:25: sinks.c.path: needs a directory where there can be a file of "
                            "sinks.a.path"));
    EXPECT_THAT(problems("sinks:\n  a: {type: file, path: '/e/{application}.log', match: "
                         "{application: '!shop'}}\n  b: {type: file, path: /e/shop.log}\n"),
                testing::IsEmpty());
}

TEST(Settings, BrokenYamlIsToldWithItsPlace) {
    const auto found = problems("journal: {path: x\nlog: {}\n");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].contains("this is not YAML")) << found[0];
    EXPECT_TRUE(problems("journal:\n\tpath: x\n")[0].contains("not with tabs"));
}

TEST(Settings, AMissingFileIsAProblemWhereItWasAskedFor) {
    const Diagnostics problems = load_settings("/none/f.yaml").problems;
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].text(), "open /none/f.yaml: No such file or directory");
}

TEST(Settings, ReadsASinkOfTypeHec) {
    const ReadSettings result = read(R"(
host: web-1
sinks:
  splunk:
    type: hec
    urls: [https://a:8088, "http://[::1]:1/x"]
    token_file: hec.token
    endpoint: event
    index: main
    fields: {datacenter: ams}
    format: json
    acknowledgements: on
    compression: none
    connections: 2
    timeout: 3s
  other: {type: hec, urls: https://b, token_env: TOKEN, endpoint: raw, from: start}
)");
    EXPECT_THAT(texts_of(result.problems), ElementsAre());
    const SinkSettings& sink = result.settings.sinks[0];
    EXPECT_FALSE(sink.courier.from_start);
    EXPECT_EQ(sink.courier.batch, (BatchOptions{512 << 10, 5000, 200ms}));
    const auto& hec = std::get<HecSinkOptions>(sink.destination);
    EXPECT_EQ(hec.urls[1].prefix, "/x");
    EXPECT_EQ(hec.token.file, "/etc/x/hec.token");
    EXPECT_EQ(hec.token.credential, "hec.token");
    EXPECT_EQ(hec.envelope.host, "web-1");
    EXPECT_EQ(hec.envelope.fields[0].second, "ams");
    EXPECT_TRUE(hec.envelope.has_objects);
    EXPECT_TRUE(hec.acknowledgements);
    EXPECT_FALSE(hec.is_gzip);
    EXPECT_EQ(hec.connections, 2U);
    EXPECT_EQ(hec.timeout, 3s);
    const SinkSettings& other = result.settings.sinks[1];
    EXPECT_TRUE(other.courier.from_start);
    EXPECT_EQ(std::get<HecSinkOptions>(other.destination).token.environment, "TOKEN");
    EXPECT_EQ(std::get<HecSinkOptions>(other.destination).envelope.endpoint, HecEndpoint::raw);
}

// Splunk's manual shows the whole address of an endpoint.
TEST(Settings, TakesTheEndpointOffTheUrlOfAHec) {
    for (const char* const path :
         {"", "/", "/services/collector", "/services/collector/", "/services/collector/event",
          "/services/collector/event/1.0", "/services/collector/raw"}) {
        const ReadSettings result = read(std::string("sinks: {a: {type: hec, token_env: T, urls: "
                                                     "'https://a:1/x") +
                                         path + "'}}");
        const auto& hec = std::get<HecSinkOptions>(result.settings.sinks[0].destination);
        EXPECT_EQ(hec.urls[0].text(), "https://a:1/x") << path;
    }
    const ReadSettings result =
        read("sinks: {a: {type: hec, token_env: T, urls: 'https://a/services/collectors'}}");
    EXPECT_EQ(std::get<HecSinkOptions>(result.settings.sinks[0].destination).urls[0].prefix,
              "/services/collectors");
}

TEST(Settings, TakesWordsAsPeopleWriteThem) {
    for (const char* const yes : {"true", "True", "on", "ON", "yes"}) {
        const ReadSettings result = read(std::string("sinks: {a: {type: HEC, token_env: T, urls: "
                                                     "'https://a', compression: GZIP, "
                                                     "acknowledgements: ") +
                                         yes + "}}");
        EXPECT_THAT(texts_of(result.problems), ElementsAre());
        EXPECT_TRUE(
            std::get<HecSinkOptions>(result.settings.sinks[0].destination).acknowledgements);
    }
    const ReadSettings result = read(
        "sinks: {a: {type: syslog, address: 'tcp://a:1', facility: LOCAL0, severity: Info}}\n"
        "log: {level: INFO}\n");
    EXPECT_THAT(texts_of(result.problems), ElementsAre());
    EXPECT_EQ(std::get<SyslogSinkOptions>(result.settings.sinks[0].destination).format.facility,
              16U);
}

TEST(Settings, TakesAGroupByItsNumber) {
    const ReadSettings result =
        read("sinks: {a: {type: file, path: /x, group: 4711, mode: 0o640}}");
    EXPECT_THAT(texts_of(result.problems), ElementsAre());
    const auto& file = std::get<FileSinkOptions>(result.settings.sinks[0].destination);
    EXPECT_EQ(file.group, 4711U);
    EXPECT_EQ(file.mode, 0640U);
    EXPECT_THAT(problems("sinks: {a: {type: file, path: /x, group: '-1'}}"),
                ElementsAre("1:42: sinks.a.group: expected a group of this machine, found '-1'"));
}

TEST(Settings, TellsWhatAHecSinkCannotBe) {
    EXPECT_THAT(
        problems(R"(sinks:
  a: {type: hec, urls: [https://a, splunk:8088], token_file: t}
  b: {type: hec}
  c: {type: hec, urls: https://a, token_file: t, token_env: T, fields: {eventfwd_id: x}}
  d: {type: hec, urls: https://a, token_file: t, endpoint: raw, fields: {a: b}})"),
        testing::UnorderedElementsAre(
            testing::HasSubstr("found 'splunk:8088'"), testing::HasSubstr("sinks.b.urls: missing"),
            testing::HasSubstr("sinks.b.token_file: expected either token_file or token_env"),
            testing::HasSubstr("sinks.c.token_file: expected either token_file or token_env"),
            testing::HasSubstr("sinks.c.fields.eventfwd_id: expected another name"),
            testing::HasSubstr("sinks.d.fields: expected none")));
}

}  // namespace
}  // namespace eventfwd

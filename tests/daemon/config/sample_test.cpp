// conf/eventfwd.yaml, the sample: it shows every type, every key and the defaults.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <fstream>

#include "daemon/config/inputs_reader.h"
#include "daemon/config/settings.h"
#include "daemon/config/sinks_reader.h"

namespace eventfwd {
namespace {

using testing::ElementsAre;

const BaseDirectories kDirectories{"/state", "/logs", "/run/eventfwd"};

std::string sample_text() {
    std::ifstream file(EVENTFWD_SAMPLE);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Its certificates are nowhere.
ReadSettings read_sample() {
    ReadSettings sample = read_settings(sample_text(), "/etc/x/f.yaml", kDirectories);
    std::erase_if(sample.problems, [](const Diagnostic& problem) {
        return problem.path.contains(".tls.") && problem.message.contains("No such file");
    });
    return sample;
}

// The types of all that stands in SECTION of the sample.
std::set<std::string> types_in_sample(const std::string& section) {
    std::set<std::string> types;
    for (const auto& named : YAML::Load(sample_text())[section])
        types.insert(named.second["type"].as<std::string>());
    return types;
}

// Every key as a whole path, with the names of inputs and sinks left out: "inputs.listen".
void collect_keys(const YAML::Node& node, const std::string& path, std::set<std::string>& keys) {
    for (const auto& member : node) {
        const std::string key = member.first.as<std::string>();
        const std::string inner = path.empty() ? key : path + "." + key;
        keys.insert(inner);
        if (!member.second.IsMap()) continue;
        if (inner != "inputs" && inner != "sinks") {
            collect_keys(member.second, inner, keys);
            continue;
        }
        for (const auto& named : member.second)
            collect_keys(named.second, inner, keys);
    }
}

TEST(Sample, ShowsEveryTypeOfInputAndSink) {
    const auto inputs = input_types();
    EXPECT_EQ(types_in_sample("inputs"), std::set<std::string>(inputs.begin(), inputs.end()));
    const auto sinks = sink_types();
    EXPECT_EQ(types_in_sample("sinks"), std::set<std::string>(sinks.begin(), sinks.end()));
}

TEST(Sample, ShowsTheDefaults) {
    const Settings sample = read_sample().settings;
    const Settings plain = read_settings("", "", kDirectories).settings;
    EXPECT_EQ(sample.stop_timeout, plain.stop_timeout);
    EXPECT_EQ(sample.inputs[0].source, plain.inputs[0].source);
    IntakeOptions intake = sample.inputs[0].intake;
    intake.application.clear();  // the sample has one
    EXPECT_EQ(intake, plain.inputs[0].intake);
    const auto& local = std::get<UnixDatagramOptions>(sample.inputs[1].source);
    EXPECT_EQ(local.mode, std::get<UnixDatagramOptions>(plain.inputs[1].source).mode);
    EXPECT_EQ(sample.journal.segment_bytes, plain.journal.segment_bytes);
    EXPECT_EQ(sample.journal.bytes_max, plain.journal.bytes_max);
    EXPECT_EQ(sample.journal.when_full, plain.journal.when_full);
    EXPECT_EQ(sample.journal.sync.interval, plain.journal.sync.interval);
    EXPECT_EQ(sample.journal.retain, plain.journal.retain);
    EXPECT_EQ(sample.dead_letters.bytes_max, plain.dead_letters.bytes_max);
    EXPECT_EQ(sample.quotas, plain.quotas);
    EXPECT_EQ(sample.control_mode, plain.control_mode);
    EXPECT_EQ(sample.log.level, plain.log.level);
    EXPECT_EQ(sample.log.format, plain.log.format);
    EXPECT_TRUE(sample.sinks[0].courier.match.passes_all());
    CourierOptions courier = sample.sinks[0].courier;
    courier.match = {};  // the sample has a star, which is the same
    EXPECT_EQ(courier, plain.sinks[0].courier);
    auto file = std::get<FileSinkOptions>(sample.sinks[0].destination);
    file.path = "/logs/events.log";
    file.group.reset();  // the sample's sentence says another default
    EXPECT_EQ(file, std::get<FileSinkOptions>(plain.sinks[0].destination));
}

TEST(Sample, ShowsTheDefaultsOfOtherSinks) {
    const Settings sample = read_sample().settings;
    const Settings plain = read_settings(
                               "sinks:\n"
                               "  lines: {type: stdout}\n"
                               "  splunk: {type: hec, urls: 'https://a', token_env: T}\n"
                               "  siem: {type: syslog, address: 'tcp://a:1'}\n",
                               "", kDirectories)
                               .settings;
    EXPECT_EQ(sample.sinks[1].courier, plain.sinks[1].courier);
    const auto& hec = std::get<HecSinkOptions>(sample.sinks[1].destination);
    const auto& plain_hec = std::get<HecSinkOptions>(plain.sinks[1].destination);
    EXPECT_EQ(hec.envelope.endpoint, plain_hec.envelope.endpoint);
    EXPECT_EQ(hec.envelope.source, plain_hec.envelope.source);
    EXPECT_EQ(hec.envelope.sourcetype, plain_hec.envelope.sourcetype);
    EXPECT_EQ(hec.acknowledgements, plain_hec.acknowledgements);
    EXPECT_EQ(hec.is_gzip, plain_hec.is_gzip);
    EXPECT_EQ(hec.connections, plain_hec.connections);
    EXPECT_EQ(hec.timeout, plain_hec.timeout);
    EXPECT_EQ(hec.tls.verify, plain_hec.tls.verify);
    EXPECT_EQ(sample.sinks[4].courier, plain.sinks[2].courier);
    const auto& syslog = std::get<SyslogSinkOptions>(sample.sinks[4].destination);
    auto plain_syslog = std::get<SyslogSinkOptions>(plain.sinks[2].destination);
    plain_syslog.format.host = syslog.format.host;
    EXPECT_EQ(syslog.format, plain_syslog.format);
    EXPECT_EQ(syslog.peer.timeout, plain_syslog.peer.timeout);
    EXPECT_EQ(syslog.peer.tls.verify, plain_syslog.peer.tls.verify);
}

TEST(Sample, ShowsEveryKeyAndNoOther) {
    const ReadSettings sample = read_sample();
    EXPECT_THAT(sample.problems, ElementsAre());
    std::set<std::string> shown;
    collect_keys(YAML::Load(sample_text()), "", shown);
    std::set<std::string> known;
    for (const std::string& key : sample.known_keys) {
        const std::size_t dot = key.find('.');
        const std::string section = key.substr(0, dot);
        if (section != "inputs" && section != "sinks") {
            known.insert(key);
        } else if (dot == std::string::npos) {
            known.insert(key);
        } else if (const std::size_t second = key.find('.', dot + 1); second != std::string::npos) {
            known.insert(section + key.substr(second));
        }
    }
    EXPECT_EQ(shown, known);
}

}  // namespace
}  // namespace eventfwd

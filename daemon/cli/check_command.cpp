#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "core/text/units.h"
#include "daemon/cli/commands.h"
#include "daemon/config/settings.h"

namespace eventfwd {
namespace {

std::string describe(const InputSettings& input) {
    if (input.kind == InputSettings::Kind::unix_datagram) {
        return fmt::format("unix_datagram {} (mode {:04o})", input.path, input.mode);
    }
    std::string text = "udp";
    for (const Address& address : input.listen)
        text += " " + address.text();
    return text;
}

std::string describe(const FileSinkOptions& file) {
    return fmt::format("file {}, rotated at {} or {}, {} kept", file.path,
                       format_size(file.rotate.bytes_max), format_duration(file.rotate.age_max),
                       file.rotate.keep);
}

std::string describe(const HecSinkOptions& hec) {
    std::string text = "hec";
    for (const Url& url : hec.urls)
        text += " " + url.text();
    return fmt::format("{}, {} connections, {}, acknowledgements {}", text, hec.connections,
                       hec.is_gzip ? "gzip" : "not compressed",
                       hec.acknowledgements ? "on" : "off");
}

std::string describe(const StdoutSinkOptions&) {
    return "stdout";
}

std::string describe(const SyslogSinkOptions& syslog) {
    const bool is_new = syslog.format.protocol == SyslogFormat::Protocol::rfc5424;
    return fmt::format("syslog {}, {}, {}.{}", syslog.peer.address.text(),
                       is_new ? "RFC 5424" : "RFC 3164", kSyslogFacilities[syslog.format.facility],
                       kSyslogSeverities[syslog.format.severity]);
}

std::string describe(const SinkSettings& sink) {
    constexpr std::array<std::string_view, 3> kForms{"line", "sdk_line", "json"};
    return fmt::format(
        "{} (format: {})",
        std::visit([](const auto& options) { return describe(options); }, sink.destination),
        kForms[static_cast<std::size_t>(sink.courier.form)]);
}

std::string describe(const SyncPolicy& sync) {
    if (sync.when == SyncPolicy::When::never)
        return "never synced: survives kill -9, not a power cut";
    if (sync.when == SyncPolicy::When::always) return "synced at once";
    return fmt::format("synced every {}: a power cut costs at most that",
                       format_duration(sync.interval));
}

// Whether events go over it to other machines for anybody to read.
bool is_in_clear_text(const SyslogAddress& address) {
    using Transport = SyslogAddress::Transport;
    if (address.transport != Transport::udp && address.transport != Transport::tcp) return false;
    if (address.host == "localhost") return false;
    const bool has_colons = address.host.contains(':');
    const auto numeric =
        Address::parse(has_colons ? "[" + address.host + "]:1" : address.host + ":1");
    return !numeric || !numeric->is_loopback();
}

void warn_of(const std::string& name, const HecSinkOptions& hec,
             std::vector<std::string>& warnings) {
    for (const Url& url : hec.urls) {
        if (url.is_tls || url.is_loopback()) continue;
        warnings.push_back(fmt::format("sinks.{}: {} sends the token and every event unencrypted",
                                       name, url.text()));
    }
    if (!hec.tls.verify) {
        warnings.push_back(
            fmt::format("sinks.{}.tls.verify: false sends the token to whoever answers", name));
    }
    if (hec.acknowledgements) {
        warnings.push_back(fmt::format(
            "sinks.{}.acknowledgements: an acknowledgement is known to the indexer alone that took "
            "the events; a balancer in between has to keep a connection's requests at one of them",
            name));
    }
}

constexpr double kBusyHost = 64 << 10;  // bytes a second, of about 200 events

// What an operator should know before it hurts.
std::vector<std::string> warnings(const Settings& settings) {
    std::vector<std::string> warnings;
    if (settings.journal.when_full == WhenFull::refuse && settings.sinks.size() > 1) {
        warnings.push_back(
            "journal.when_full: refuse lets one sink that stays down stop every input, and "
            "with them the other sinks");
    }
    if (const auto retain = settings.journal.retain; retain.count() > 0) {
        const auto seconds = std::chrono::duration<double>(retain).count();
        const double pace = static_cast<double>(settings.journal.bytes_max) / seconds;
        if (pace < kBusyHost) {
            warnings.push_back(fmt::format(
                "journal.retain: {} are kept only while less than {:.1f} KiB of lines a second "
                "come, for max_size is {}",
                format_duration(retain), pace / 1024, format_size(settings.journal.bytes_max)));
        }
    }
    for (const SinkSettings& sink : settings.sinks) {
        if (const auto* const hec = std::get_if<HecSinkOptions>(&sink.destination)) {
            warn_of(sink.courier.name, *hec, warnings);
        }
    }
    for (const InputSettings& input : settings.inputs) {
        for (const Address& address : input.listen) {
            if (!address.is_loopback()) {
                warnings.push_back(
                    fmt::format("inputs.{}: {} can be reached from other machines; UDP has no "
                                "sender that could be trusted",
                                input.intake.name, address.text()));
            }
        }
    }
    for (const SinkSettings& sink : settings.sinks) {
        const auto* const syslog = std::get_if<SyslogSinkOptions>(&sink.destination);
        if (syslog == nullptr) continue;
        if (is_in_clear_text(syslog->peer.address)) {
            warnings.push_back(
                fmt::format("sinks.{}: {} sends events in clear text over the network; tls:// "
                            "would not",
                            sink.courier.name, syslog->peer.address.text()));
        }
        if (!syslog->peer.tls.verify) {
            warnings.push_back(
                fmt::format("sinks.{}.tls.verify: false sends every event to whoever answers",
                            sink.courier.name));
        }
    }
    return warnings;
}

void print_summary(const Settings& settings) {
    fmt::print("{}: good\n\ninputs\n", settings.file.empty() ? "defaults" : settings.file);
    for (const InputSettings& input : settings.inputs) {
        fmt::print("  {:12} {}\n", input.intake.name, describe(input));
    }
    const JournalOptions& journal = settings.journal;
    fmt::print("journal\n  {}, at most {} in segments of {}, {}\n", journal.path,
               format_size(journal.bytes_max), format_size(journal.segment_bytes),
               describe(journal.sync));
    fmt::print("sinks\n");
    for (const SinkSettings& sink : settings.sinks) {
        fmt::print("  {:12} {}\n", sink.courier.name, describe(sink));
    }
    fmt::print("dead letters\n  {}, at most {}\n", settings.dead_letters.path,
               format_size(settings.dead_letters.bytes_max));
    fmt::print("control\n  {}\n", settings.control_path);
    for (const std::string& warning : warnings(settings))
        fmt::print("\nwarning: {}\n", warning);
    fmt::print(
        "\nprops.conf of the Splunk that reads the rendered files (format: line)\n"
        "  [eventfwd]\n"
        "  SHOULD_LINEMERGE = false\n"
        "  LINE_BREAKER = ([\\r\\n]+)\n"
        "  TRUNCATE = 65536\n"
        "  TIME_PREFIX = ^\n"
        "  TIME_FORMAT = %Y-%m-%dT%H:%M:%S.%6NZ\n"
        "  TZ = UTC\n"
        "  MAX_TIMESTAMP_LOOKAHEAD = 27\n"
        "  MAX_DAYS_AGO = 10951\n"
        "  KV_MODE = auto_escaped\n"
        "  AUTO_KV_JSON = false\n"
        "  CHARSET = UTF-8\n"
        "  EVENT_BREAKER_ENABLE = true\n");
}

}  // namespace

int run(const CheckCommand& command) {
    const ReadSettings read = load_settings(command.config);
    if (command.json) {
        boost::json::array problems;
        for (const std::string& problem : read.problems)
            problems.emplace_back(problem);
        boost::json::array told;
        if (read.problems.empty()) {
            for (const std::string& warning : warnings(read.settings))
                told.emplace_back(warning);
        }
        const boost::json::object answer{{"valid", read.problems.empty()},
                                         {"problems", std::move(problems)},
                                         {"warnings", std::move(told)}};
        fmt::print("{}\n", boost::json::serialize(answer));
    } else if (!read.problems.empty()) {
        print_problems(read.problems);
    } else {
        print_summary(read.settings);
    }
    return read.problems.empty() ? kDone : kWrongUsage;
}

}  // namespace eventfwd

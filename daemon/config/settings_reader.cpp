// What every key of the configuration means, with its default and its bounds: the one place that
// conf/eventfwd.yaml and the manual follow.
#include <fmt/format.h>
#include <grp.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <map>

#include "daemon/config/section.h"
#include "daemon/config/settings.h"
#include "daemon/config/yaml_reader.h"
#include "sinks/path_template.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

constexpr auto kDays = std::chrono::hours(24);
constexpr std::uint64_t kFramesInSegmentMin = 4;

bool is_name(std::string_view name) {
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    };
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, is_allowed);
}

class SettingsReader {
  public:
    SettingsReader(const ConfigNode& root, const std::string& file, const BaseDirectories& base,
                   Problems& problems, std::set<std::string>& known)
        : root_(&root, "", problems, &known),
          base_(base),
          directory_(file.empty() ? std::filesystem::current_path()
                                  : std::filesystem::absolute(file).parent_path()) {}

    Settings read() {
        Settings settings;
        application_ = root_.text("application", "");
        if (application_.size() > kNameBytesMax) {
            root_.problem("application", fmt::format("expected at most {} bytes", kNameBytesMax));
        }
        settings.stop_timeout = root_.duration("stop_timeout", 5s, 0s, kDays);
        settings.journal = journal(root_.section("journal"));
        settings.inputs = inputs();
        settings.sinks = sinks(settings.journal.sync.when != SyncPolicy::When::never);
        dead_letters(root_.section("dead_letters"), settings.dead_letters);
        settings.quotas = quotas(root_.section("quotas"));
        Section control = root_.section("control");
        settings.control_path = path(control, "path", base_.runtime + "/control.sock");
        settings.control_mode = control.mode("mode", 0600);
        control.refuse_unknown();
        settings.log = log(root_.section("log"));
        root_.refuse_unknown();
        return settings;
    }

  private:
    std::string path(Section& section, std::string_view key, const std::string& fallback) {
        const std::string text = section.text(key, fallback);
        if (text.contains('\n')) section.problem(key, "expected a path without line breaks");
        return (directory_ / text).lexically_normal().string();
    }

    // Every entry of a map of named things: calls READ with each one's name and section.
    template <class Read>
    void each_named(std::string_view key, Read&& read) {
        Section all = root_.section(key);
        for (const std::string& name : all.keys()) {
            if (!is_name(name)) {
                all.problem(name, "expected a name of at most 64 letters, digits, '-' and '_'");
            }
            read(name, all.section(name));
        }
        if (all.keys().empty()) root_.problem(key, "expected at least one");
    }

    std::vector<InputSettings> inputs() {
        if (!root_.has("inputs")) return default_inputs();
        root_.section("inputs");
        std::vector<InputSettings> inputs;
        each_named("inputs", [&](const std::string& name, Section section) {
            inputs.push_back(input(name, section));
            section.refuse_unknown();
        });
        return inputs;
    }

    std::vector<InputSettings> default_inputs() {
        InputSettings udp;
        udp.intake.name = "packets";
        udp.intake.decode.default_application = application_;
        udp.listen = {*Address::parse("127.0.0.1:8514"), *Address::parse("[::1]:8514")};
        InputSettings local;
        local.kind = InputSettings::Kind::unix_datagram;
        local.intake.name = "local";
        local.intake.decode.default_application = application_;
        local.path = base_.runtime + "/events.sock";
        return {udp, local};
    }

    InputSettings input(const std::string& name, Section& section) {
        constexpr std::array<std::string_view, 2> kTypes{"udp", "unix_datagram"};
        constexpr std::array<std::string_view, 2> kZones{"utc", "local"};
        InputSettings input;
        if (!section.has("type")) section.problem("type", "missing; expected udp or unix_datagram");
        input.kind = static_cast<InputSettings::Kind>(section.choice("type", kTypes, 0));
        input.intake.name = name;
        DecodeOptions& decode = input.intake.decode;
        decode.packet_bytes_max = section.size("max_packet", 64_KiB, 1_KiB, 1_MiB);
        decode.naive_time = static_cast<NaiveTime>(section.choice("naive_time", kZones, 0));
        decode.default_application = section.text("application", application_);
        if (decode.default_application.size() > kNameBytesMax) {
            section.problem("application", fmt::format("expected at most {} bytes", kNameBytesMax));
        }
        input.receive_buffer_bytes = section.size("receive_buffer", 4_MiB, 4_KiB, 1_GiB);
        if (input.kind == InputSettings::Kind::udp) {
            read_listen(section, input);
        } else {
            read_unix(section, input);
        }
        return input;
    }

    void read_listen(Section& section, InputSettings& input) {
        const auto texts = section.texts("listen", {"127.0.0.1:8514", "[::1]:8514"});
        for (std::size_t at = 0; at < texts.size(); ++at) {
            const std::string& text = texts[at];
            const auto address = Address::parse(text);
            if (!address) {
                section.problem_in("listen", at,
                                   fmt::format("expected an address like 127.0.0.1:8514 or "
                                               "\"[::1]:8514\", found '{}'",
                                               text));
                continue;
            }
            take_once(section, "listen", "udp " + address->text(), address->text().ends_with(":0"));
            input.listen.push_back(*address);
        }
        if (section.has("listen") && section.texts("listen", {}).empty()) {
            section.problem("listen", "expected at least one address");
        }
    }

    void read_unix(Section& section, InputSettings& input) {
        input.path = path(section, "path", base_.runtime + "/events.sock");
        if (input.path.size() >= sizeof(sockaddr_un::sun_path)) {
            section.problem("path",
                            fmt::format("expected a path of at most {} bytes, as a socket has",
                                        sizeof(sockaddr_un::sun_path) - 1));
        }
        take_once(section, "path", "unix_datagram " + input.path, false);
        input.mode = section.mode("mode", 0666);
        const auto texts = section.texts("allow_uids", {});
        for (std::size_t at = 0; at < texts.size(); ++at) {
            const std::string& text = texts[at];
            unsigned uid = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), uid);
            if (error != std::errc{} || end != text.data() + text.size()) {
                section.problem_in("allow_uids", at,
                                   fmt::format("expected user ids, found '{}'", text));
            }
            input.intake.allow_uids.push_back(uid);
        }
    }

    // Two inputs on one address, or two sinks on one path, would each take what is the other's.
    void take_once(Section& section, std::string_view key, const std::string& what,
                   bool may_repeat) {
        const auto [owner, is_new] = taken_.emplace(what, section.path_of(key));
        if (!is_new && !may_repeat) {
            section.problem(key, fmt::format("{} is in use by {} already", what, owner->second));
        }
    }

    JournalOptions journal(Section section) {
        constexpr std::array<std::string_view, 2> kWhenFull{"drop_oldest", "refuse"};
        JournalOptions options;
        options.path = path(section, "path", base_.state + "/journal");
        options.segment_bytes = section.size("segment_size", 64_MiB,
                                             kFramesInSegmentMin * LineBuffer::kBytesMax, 1_GiB);
        options.bytes_max = section.size("max_size", 8_GiB, 4_MiB, std::uint64_t{1} << 50);
        if (options.bytes_max < 4 * options.segment_bytes) {
            section.problem("max_size",
                            fmt::format("expected at least four times segment_size ({})",
                                        format_size(options.segment_bytes)));
        }
        options.when_full = static_cast<WhenFull>(section.choice("when_full", kWhenFull, 0));
        options.sync = sync(section);
        options.retain = section.duration("retain", 0s, 0s, 3650 * kDays);
        section.refuse_unknown();
        return options;
    }

    SyncPolicy sync(Section& section) {
        const std::string text = section.text("sync", "1s");
        if (text == "never") return {SyncPolicy::When::never, 0s};
        if (text == "always") return {SyncPolicy::When::always, 0s};
        const auto interval = parse_duration(text);
        if (!interval || *interval < 1ms || *interval > 1h) {
            section.problem("sync",
                            fmt::format("expected never, always or a duration from 1ms to 1h, "
                                        "found '{}'",
                                        text));
            return {};
        }
        return {SyncPolicy::When::every, *interval};
    }

    std::vector<SinkSettings> sinks(bool durable) {
        std::vector<SinkSettings> sinks;
        if (!root_.has("sinks")) {
            SinkSettings lines;
            lines.courier.name = "lines";
            lines.courier.durable_cursor = durable;
            lines.file.path = base_.logs + "/events.log";
            root_.section("sinks");
            return {lines};
        }
        each_named("sinks", [&](const std::string& name, Section section) {
            sinks.push_back(sink(name, section));
            sinks.back().courier.durable_cursor = durable;
            section.refuse_unknown();
        });
        return sinks;
    }

    SinkSettings sink(const std::string& name, Section& section) {
        constexpr std::array<std::string_view, 2> kTypes{"file", "stdout"};
        constexpr std::array<std::string_view, 3> kForms{"line", "sdk_line", "json"};
        constexpr std::array<std::string_view, 2> kFrom{"end", "start"};
        SinkSettings sink;
        if (!section.has("type")) section.problem("type", "missing; expected file or stdout");
        sink.kind = static_cast<SinkSettings::Kind>(section.choice("type", kTypes, 0));
        sink.courier.name = name;
        sink.courier.form = static_cast<Form>(section.choice("format", kForms, 0));
        sink.courier.from_start = section.choice("from", kFrom, 1) == 1;
        Section match = section.section("match");
        sink.courier.match.application = GlobList(match.texts("application", {"*"}));
        sink.courier.match.event = GlobList(match.texts("event", {"*"}));
        match.refuse_unknown();
        Section batch = section.section("batch");
        BatchOptions& limits = sink.courier.batch;
        limits.bytes_max = batch.size("bytes", limits.bytes_max, 1, 16_MiB);
        limits.count_max = batch.number("events", limits.count_max, 1, 1'000'000);
        limits.linger = batch.duration("linger", limits.linger, 0s, 1min);
        batch.refuse_unknown();
        Section retry = section.section("retry");
        sink.courier.retry.initial = retry.duration("initial", 500ms, 1ms, 1h);
        sink.courier.retry.max = retry.duration("max", 60s, 1ms, kDays);
        retry.refuse_unknown();
        if (sink.kind == SinkSettings::Kind::file) {
            read_file_sink(section, sink.file);
        } else {
            take_once(section, "type", "stdout", false);
        }
        return sink;
    }

    void read_file_sink(Section& section, FileSinkOptions& file) {
        if (!section.has("path")) section.problem("path", "missing; expected the path of a file");
        file.path = path(section, "path", base_.logs + "/events.log");
        if (const auto parsed = PathTemplate::parse(file.path); !parsed) {
            section.problem("path", fmt::format("expected {}", parsed.error().message));
        }
        take_once(section, "path", "file " + file.path, false);
        Section rotate = section.section("rotate");
        file.rotate.bytes_max = rotate.size("size", 1_GiB, 0, std::uint64_t{1} << 50);
        file.rotate.age_max = rotate.duration("age", kDays, 0s, 3650 * kDays);
        file.rotate.keep = static_cast<std::uint32_t>(rotate.number("keep", 10, 0, 1'000'000));
        constexpr std::array<std::string_view, 3> kCompressions{"none", "gzip", "zstd"};
        file.rotate.compress =
            static_cast<Compression>(rotate.choice("compress", kCompressions, 0));
        rotate.refuse_unknown();
        file.mode = section.mode("mode", 0640);
        if (const std::string group = section.text("group", ""); !group.empty()) {
            const ::group* const entry = ::getgrnam(group.c_str());
            if (entry == nullptr) {
                section.problem("group",
                                fmt::format("expected a group of this machine, found '{}'", group));
            } else {
                file.group = entry->gr_gid;
            }
        }
        file.open_files_max = section.number("max_open_files", 256, 1, 100'000);
    }

    void dead_letters(Section section, DeadLetterOptions& options) {
        options.path = path(section, "path", base_.state + "/dead-letters");
        options.bytes_max = section.size("max_size", 64_MiB, 1_MiB, std::uint64_t{1} << 40);
        section.refuse_unknown();
    }

    QuotaOptions quotas(Section section) {
        const auto quota = [&](std::string_view key) {
            Section entry = section.section(key);
            Quota read;
            read.rate = entry.number("rate", 0, 0, 1'000'000'000);
            read.burst = entry.number("burst", 0, 0, 1'000'000'000);
            entry.refuse_unknown();
            return read;
        };
        const QuotaOptions options{quota("application"), quota("uid"), quota("udp")};
        section.refuse_unknown();
        return options;
    }

    LogOptions log(Section section) {
        constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
        constexpr std::array<std::string_view, 2> kFormats{"text", "json"};
        LogOptions options;
        options.level = kLevels[section.choice("level", kLevels, 1)];
        options.format = static_cast<LogFormat>(section.choice("format", kFormats, 0));
        section.refuse_unknown();
        return options;
    }

    Section root_;
    const BaseDirectories& base_;
    const std::filesystem::path directory_;
    std::string application_;
    std::map<std::string, std::string> taken_;  // what can be used once → by which key
};

}  // namespace

ReadSettings read_settings(const std::string& text, const std::string& file,
                           const BaseDirectories& base) {
    ReadSettings result;
    Problems problems(file);
    const ConfigNode root = read_yaml(text, problems);
    const bool is_readable = problems.empty() || root.kind == ConfigNode::Kind::map;
    if (is_readable) {
        result.settings = SettingsReader(root, file, base, problems, result.known_keys).read();
    }
    result.settings.file = file;
    result.problems = problems.texts();
    return result;
}

ReadSettings load_settings(const std::string& file) {
    const auto base = BaseDirectories::from_environment();
    PosixFileSystem files;
    const std::string chosen = file.empty() ? std::string(kDefaultSettingsFile) : file;
    // The configuration is often a link, to wherever an operator's tools put it.
    std::error_code unresolved;
    const auto resolved = std::filesystem::canonical(chosen, unresolved);
    if (file.empty() && unresolved) return read_settings("", "", base);
    const auto text = read_whole_file(files, unresolved ? chosen : resolved.string());
    if (!text) {
        ReadSettings result;
        result.problems = {text.error().message};
        return result;
    }
    return read_settings(*text, chosen, base);
}

}  // namespace eventfwd

// What every key of the configuration means, with its default and its bounds: the one place that
// conf/eventfwd.yaml and the manual follow.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <filesystem>

#include "daemon/config/inputs_reader.h"
#include "daemon/config/read_context.h"
#include "daemon/config/sinks_reader.h"
#include "daemon/config/yaml_reader.h"
#include "formatter/line/line_buffer.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kFramesInSegmentMin = 4;

std::string machine_name() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    return ::gethostname(name.data(), name.size()) == 0 ? name.data() : "localhost";
}

class SettingsReader {
  public:
    SettingsReader(const ConfigNode& root, const std::string& file, const BaseDirectories& base,
                   Problems& problems, std::set<std::string>& known)
        : root_(&root, "", problems, &known), context_(file, base) {}

    Settings read() {
        Settings settings;
        context_.application = root_.text("application", "");
        if (context_.application.size() > kNameBytesMax) {
            root_.problem("application", fmt::format("expected at most {} bytes", kNameBytesMax));
        }
        context_.host = root_.text("host", machine_name());
        settings.stop_timeout = root_.duration("stop_timeout", settings.stop_timeout, 0s, kDay);
        settings.journal = journal(root_.section("journal"));
        settings.inputs = read_inputs(root_, context_);
        settings.sinks =
            read_sinks(root_, context_, settings.journal.sync.when != SyncPolicy::When::never);
        dead_letters(root_.section("dead_letters"), settings.dead_letters);
        settings.quotas = quotas(root_.section("quotas"));
        Section control = root_.section("control");
        settings.control_path =
            context_.socket_path(control, "path", context_.base.runtime + "/control.sock");
        settings.control_mode = control.mode("mode", settings.control_mode);
        control.refuse_unknown();
        settings.log = log(root_.section("log"));
        root_.refuse_unknown();
        return settings;
    }

  private:
    JournalOptions journal(Section section) {
        constexpr std::array<std::string_view, 2> kWhenFull{"drop_oldest", "refuse"};
        JournalOptions options;
        options.path = context_.path(section, "path", context_.base.state + "/journal");
        context_.take_once(section, "path", options.path);
        options.segment_bytes = section.size("segment_size", options.segment_bytes,
                                             kFramesInSegmentMin * LineBuffer::kBytesMax, 1_GiB);
        options.bytes_max =
            section.size("max_size", options.bytes_max, 4_MiB, std::uint64_t{1} << 50);
        const bool are_known =
            !section.has_problem("max_size") && !section.has_problem("segment_size");
        if (are_known && options.bytes_max < 4 * options.segment_bytes) {
            section.problem("max_size",
                            fmt::format("expected at least four times segment_size ({})",
                                        format_size(options.segment_bytes)));
        }
        options.when_full = section.choice("when_full", kWhenFull, options.when_full);
        options.sync = sync(section, options.sync);
        options.retain = section.duration("retain", options.retain, 0s, 3650 * kDay);
        section.refuse_unknown();
        return options;
    }

    SyncPolicy sync(Section& section, const SyncPolicy& fallback) {
        const std::string text = section.text("sync", format_duration(fallback.interval));
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

    void dead_letters(Section section, DeadLetterOptions& options) {
        options.path = context_.path(section, "path", context_.base.state + "/dead-letters");
        context_.take_once(section, "path", options.path);
        options.bytes_max =
            section.size("max_size", options.bytes_max, 1_MiB, std::uint64_t{1} << 40);
        section.refuse_unknown();
    }

    QuotaOptions quotas(Section section) {
        const auto quota = [&](std::string_view key) {
            Section entry = section.section(key);
            Quota read;
            read.rate = entry.number("rate", read.rate, 0, 1'000'000'000);
            read.burst = entry.number("burst", read.burst, 0, 1'000'000'000);
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
        options.level = section.choice("level", kLevels, options.level);
        options.format = section.choice("format", kFormats, options.format);
        section.refuse_unknown();
        return options;
    }

    Section root_;
    ReadContext context_;
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

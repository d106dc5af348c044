// What the keys of the configuration mean: a reader for each part, called in turn.
// conf/eventfwd.yaml and the manual follow the readers.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <filesystem>

#include "daemon/config/dead_letters_reader.h"
#include "daemon/config/inputs_reader.h"
#include "daemon/config/journal_reader.h"
#include "daemon/config/quotas_reader.h"
#include "daemon/config/read_context.h"
#include "daemon/config/sinks_reader.h"
#include "daemon/config/yaml_reader.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

std::string machine_name() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    return ::gethostname(name.data(), name.size()) == 0 ? name.data() : "localhost";
}

LogOptions read_log(Section section) {
    constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
    constexpr std::array<std::string_view, 2> kFormats{"text", "json"};
    LogOptions log;
    log.level = section.choice("level", kLevels, log.level);
    log.format = section.choice("format", kFormats, log.format);
    section.refuse_unknown();
    return log;
}

void read_control(Section section, ReadContext& context, Settings& settings) {
    settings.control_path =
        context.socket_path(section, "path", context.base.runtime, "control.sock");
    settings.control_mode = section.mode("mode", settings.control_mode);
    section.refuse_unknown();
}

// What every part falls back to.
void read_common(Section& root, ReadContext& context) {
    context.application = root.text("application", "");
    if (context.application.size() > kNameBytesMax) {
        root.problem("application", fmt::format("expected at most {} bytes", kNameBytesMax));
    }
    context.host = root.text("host", machine_name());
}

// The table of contents: in this order a path or an address is taken once.
Settings read_parts(Section& root, ReadContext& context) {
    Settings settings;
    read_common(root, context);
    settings.stop_timeout = root.duration("stop_timeout", settings.stop_timeout, 0s, kDay);
    settings.journal = read_journal(root.section("journal"), context);
    settings.inputs = read_inputs(root, context);
    settings.held_sockets.are_all = !root.has("inputs");
    settings.held_sockets.intake.application = context.application;
    const bool is_synced = settings.journal.sync.when != SyncPolicy::When::never;
    settings.sinks = read_sinks(root, context, is_synced);
    settings.dead_letters = read_dead_letters(root.section("dead_letters"), context);
    settings.quotas = read_quotas(root.section("quotas"));
    read_control(root.section("control"), context, settings);
    settings.log = read_log(root.section("log"));
    root.refuse_unknown();
    return settings;
}

}  // namespace

ReadSettings read_settings(const std::string& text, const std::string& file,
                           const BaseDirectories& base) {
    ReadSettings result;
    Problems problems(file);
    result.tree = read_yaml(text, problems);
    const bool is_readable = problems.empty() || result.tree.kind == ConfigNode::Kind::map;
    if (is_readable) {
        Section section(&result.tree, "", problems, &result.known_keys);
        ReadContext context(file, base);
        result.settings = read_parts(section, context);
    }
    result.settings.file = file;
    result.problems = problems.sorted();
    return result;
}

ReadSettings load_settings(const std::string& file) {
    const std::string chosen = file.empty() ? std::string(kDefaultSettingsFile) : file;
    std::error_code error;
    if (file.empty() && std::filesystem::symlink_status(chosen, error).type() ==
                            std::filesystem::file_type::not_found) {
        return read_settings("", "", BaseDirectories::of(""));
    }
    PosixFileSystem files;
    // The configuration is often a link, to wherever an operator's tools put it.
    const auto resolved = std::filesystem::canonical(chosen, error);
    const Result<std::string> text = error ? system_failure("open", chosen, error.value())
                                           : read_whole_file(files, resolved.string());
    if (!text) {
        ReadSettings result;
        const bool is_forbidden = text.error().code == EACCES;
        result.problems = {
            {"", {}, "", text.error().message + std::string(is_forbidden ? kAskAsDaemon : "")}};
        return result;
    }
    return read_settings(*text, chosen, BaseDirectories::of(chosen));
}

}  // namespace eventfwd

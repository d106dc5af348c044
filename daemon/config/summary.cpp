#include "daemon/config/summary.h"

#include <fmt/format.h>

#include "daemon/config/dead_letters_reader.h"
#include "daemon/config/inputs_reader.h"
#include "daemon/config/journal_reader.h"
#include "daemon/config/sinks_reader.h"

namespace eventfwd {
namespace {

void add(Diagnostics& diagnostics, const ReadSettings& read, const std::string& part,
         const Warnings& warnings) {
    for (const Warning& warning : warnings) {
        const std::string path = warning.key.empty() ? part : part + "." + warning.key;
        diagnostics.push_back(read.diagnostic(path, warning.message));
    }
}

std::string named_line(const std::string& name, const std::string& description) {
    return fmt::format("  {:12} {}\n", name, description);
}

}  // namespace

std::string summary_of(const Settings& settings) {
    std::string text = "inputs\n";
    for (const InputSettings& input : settings.inputs)
        text += named_line(input.intake.name, describe(input));
    text += fmt::format("journal\n  {}\n", describe(settings.journal));
    text += "sinks\n";
    for (const SinkSettings& sink : settings.sinks)
        text += named_line(sink.courier.name, describe(sink));
    text += fmt::format("dead letters\n  {}\n", describe(settings.dead_letters));
    return text + fmt::format("control\n  {}\n", settings.control_path);
}

Diagnostics warnings_of(const ReadSettings& read) {
    const Settings& settings = read.settings;
    Diagnostics diagnostics;
    add(diagnostics, read, "journal", warnings_of(settings.journal, settings.sinks.size()));
    for (const SinkSettings& sink : settings.sinks)
        add(diagnostics, read, "sinks." + sink.courier.name, warnings_of(sink));
    for (const InputSettings& input : settings.inputs)
        add(diagnostics, read, "inputs." + input.intake.name, warnings_of(input));
    return diagnostics;
}

}  // namespace eventfwd

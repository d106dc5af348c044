#include "daemon/config/summary.h"

#include <fmt/format.h>

#include "daemon/config/dead_letters_reader.h"
#include "daemon/config/inputs_reader.h"
#include "daemon/config/journal_reader.h"
#include "daemon/config/sinks_reader.h"

namespace eventfwd {
namespace {

void add(std::vector<std::string>& texts, const std::string& part, const Warnings& warnings) {
    for (const Warning& warning : warnings) {
        texts.push_back(fmt::format("{}{}{}: {}", part, warning.key.empty() ? "" : ".", warning.key,
                                    warning.message));
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

std::vector<std::string> warnings_of(const Settings& settings) {
    std::vector<std::string> texts;
    add(texts, "journal", warnings_of(settings.journal, settings.sinks.size()));
    for (const SinkSettings& sink : settings.sinks)
        add(texts, "sinks." + sink.courier.name, warnings_of(sink));
    for (const InputSettings& input : settings.inputs)
        add(texts, "inputs." + input.intake.name, warnings_of(input));
    return texts;
}

}  // namespace eventfwd

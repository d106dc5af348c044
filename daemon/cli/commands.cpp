#include "daemon/cli/commands.h"

#include <fmt/format.h>

#include "core/text/whole_number.h"

namespace eventfwd {

CLI::App& Commands::add_line(const std::string& name, const std::string& help,
                             const std::string& example) const {
    CLI::App* const line = app_.add_subcommand(name, help);
    line->footer("Example:\n  " + example);
    return *line;
}

Commands Commands::add_group(const std::string& name, const std::string& help,
                             const std::string& example) const {
    CLI::App& group = add_line(name, help, example);
    group.require_subcommand(1);
    return {group, chosen_};
}

void add_config(CLI::App& line, std::string& config) {
    line.add_option("-c,--config", config,
                    "The configuration file (/etc/eventfwd/eventfwd.yaml if it is there)")
        ->type_name("FILE")
        ->check([](const std::string& file) {
            return file.empty() ? "expected the path of a file, found ''" : "";
        });
}

void add_json(CLI::App& line, bool& json) {
    line.add_flag("--json", json, "Answer in JSON");
}

std::string is_number(const std::string& text) {
    const auto number = whole_number<std::uint64_t>(text);
    return number ? "" : fmt::format("expected a number, found '{}'", text);
}

}  // namespace eventfwd

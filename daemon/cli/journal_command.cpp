#include "daemon/cli/journal_command.h"

#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"

namespace eventfwd {

void add_journal_options(CLI::App& line, JournalCommand& command) {
    add_config(line, command.config);
    line.add_option("--path", command.path, "The journal's directory (the configuration's)")
        ->type_name("DIR");
    add_json(line, command.json);
}

std::optional<std::string> journal_path(const JournalCommand& command) {
    if (!command.path.empty()) return command.path;
    const auto settings = settings_or_complaint(command.config);
    return settings ? std::optional(settings->journal.path) : std::nullopt;
}

}  // namespace eventfwd

// What `eventfwd journal inspect` and `journal verify` share: which journal they look into.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace eventfwd {

struct JournalCommand {
    std::string config;
    std::string path;  // empty: the configuration's journal
    bool json = false;
};

void add_journal_options(CLI::App& line, JournalCommand& command);

// The directory of the journal. Nothing where the configuration is wrong: its problems have been
// printed, and the command ends with kWrongUsage.
std::optional<std::string> journal_path(const JournalCommand& command);

}  // namespace eventfwd

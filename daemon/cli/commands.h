// What the commands share to stand on the command line. Each command's file holds its options, what
// it does, and the function that adds it here; command_line.cpp lists them in the order of the
// help.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

namespace eventfwd {

// A command on the command line, and the options that parsing fills. Both live as long as the
// CLI::App that the command was added to.
template <class Options>
struct AddedCommand {
    CLI::App& line;
    Options& options;
};

// The commands of the program, or those of a group like `journal`.
class Commands {
  public:
    using Chosen = std::function<int()>;

    // Parsing sets CHOSEN to what the command line asks for. APP and CHOSEN outlive it.
    Commands(CLI::App& app, Chosen& chosen) : app_(app), chosen_(chosen) {}

    // RUN does what the command is for, and gives the exit status.
    template <class Options>
    AddedCommand<Options> add(const std::string& name, const std::string& help,
                              const std::string& example, int (*run)(const Options&)) const {
        const auto options = std::make_shared<Options>();
        CLI::App& line = add_line(name, help, example);
        line.callback([&chosen = chosen_, options, run] {
            chosen = [options, run] { return run(*options); };
        });
        return {line, *options};
    }

    // A word that stands before other commands and needs one of them.
    Commands add_group(const std::string& name, const std::string& help,
                       const std::string& example) const;

  private:
    CLI::App& add_line(const std::string& name, const std::string& help,
                       const std::string& example) const;

    CLI::App& app_;
    Chosen& chosen_;
};

// -c, --config FILE
void add_config(CLI::App& line, std::string& config);

// --json: the answer is JSON
void add_json(CLI::App& line, bool& json);

// Checks a value, as CLI11 has it: an error text, or an empty one. CLI11's own check tells the
// range of a double.
std::string is_number(const std::string& text);

void add_run_command(const Commands& commands);
void add_check_command(const Commands& commands);
void add_send_command(const Commands& commands);
void add_render_command(const Commands& commands);
void add_parse_command(const Commands& commands);
void add_status_command(const Commands& commands);
void add_sink_command(const Commands& commands);
void add_replay_command(const Commands& commands);
void add_journal_inspect_command(const Commands& journal);
void add_journal_verify_command(const Commands& journal);
void add_dead_letters_list_command(const Commands& dead_letters);
void add_dead_letters_show_command(const Commands& dead_letters);
void add_dead_letters_retry_command(const Commands& dead_letters);
void add_torture_command(const Commands& commands);
void add_demo_command(const Commands& commands);

}  // namespace eventfwd

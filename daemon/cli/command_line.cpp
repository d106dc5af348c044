#include "daemon/cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <sstream>
#include <system_error>
#include <vector>

#include "core/text/printable.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"

namespace eventfwd {
namespace {

// The table of contents, in the order of the help.
void add_commands(const Commands& commands) {
    add_run_command(commands);
    add_check_command(commands);
    add_send_command(commands);
    add_render_command(commands);
    add_parse_command(commands);
    add_status_command(commands);
    add_sink_command(commands);
    add_replay_command(commands);
    const Commands journal = commands.add_group(
        "journal", "Look into the journal; works without a daemon", "eventfwd journal inspect");
    add_journal_inspect_command(journal);
    add_journal_verify_command(journal);
    const Commands dead_letters = commands.add_group("dead-letters", "What was refused, and why",
                                                     "eventfwd dead-letters list");
    add_dead_letters_list_command(dead_letters);
    add_dead_letters_show_command(dead_letters);
    add_dead_letters_retry_command(dead_letters);
    add_torture_command(commands);
    add_demo_command(commands);
}

void describe_program(CLI::App& app) {
    app.description(
        "eventfwd takes events from local applications, keeps them in a disk journal, and forwards "
        "them.");
    app.footer(
        "Example:\n  eventfwd run &\n  eventfwd send shop login --id u1 plan=free\n  eventfwd "
        "status");
    app.set_version_flag("--version", "eventfwd " EVENTFWD_VERSION);
    app.name("eventfwd");
    app.require_subcommand(1);
}

// "help journal inspect" asks for what "journal inspect --help" does.
std::vector<std::string> read_arguments(int argc, char** argv) {
    std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    if (!arguments.empty() && arguments.front() == "help") {
        std::erase(arguments, "help");
        arguments.emplace_back("--help");
    }
    return arguments;
}

// Whether the first of ARGUMENTS is neither an option nor a command.
bool begins_with_no_command(const CLI::App& app, const std::vector<std::string>& arguments) {
    if (arguments.empty() || arguments.front().starts_with('-')) return false;
    const auto is_named = [&](const CLI::App* each) {
        return each->get_name() == arguments.front();
    };
    return std::ranges::none_of(app.get_subcommands([](const CLI::App*) { return true; }),
                                is_named);
}

// A program that reads what was printed must not take a part of it for all.
int flush_output(int done) {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return done;
    throw std::system_error(errno, std::generic_category(), "write to standard output");
}

int parse_and_run(int argc, char** argv) {
    CLI::App app;
    describe_program(app);
    Commands::Chosen chosen = [] { return kWrongUsage; };
    add_commands({app, chosen});
    std::vector<std::string> arguments = read_arguments(argc, argv);
    if (begins_with_no_command(app, arguments)) {
        return fail(
            fmt::format("there is no command '{}'; `eventfwd help` lists them", arguments.front()),
            kWrongUsage);
    }
    std::ranges::reverse(arguments);  // as CLI11 wants them
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
        std::ostringstream help;
        std::ostringstream complaint;  // quotes the arguments
        const int status = app.exit(error, help, complaint);
        fmt::print("{}", help.str());
        fmt::print(stderr, "{}", printable_lines(complaint.str()));
        return flush_output(status == 0 ? kDone : kWrongUsage);
    }
    return flush_output(chosen());
}

}  // namespace

int run_command_line(int argc, char** argv) {
    try {
        return parse_and_run(argc, argv);
    } catch (const std::system_error& error) {  // of a print: there is nothing that could be told
        const std::string text = fmt::format("eventfwd: {}\n", error.what());
        std::fputs(text.c_str(), stderr);
        return kFailed;
    }
}

}  // namespace eventfwd

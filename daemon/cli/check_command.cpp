// `eventfwd check`: all that is wrong with the configuration, or what would run and what to know.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>

#include "core/text/printable.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "daemon/config/settings.h"
#include "daemon/config/summary.h"
#include "daemon/preflight/ask_destinations.h"
#include "daemon/preflight/inspect_machine.h"

namespace eventfwd {
namespace {

namespace json = boost::json;
using Answers = std::vector<DestinationAnswer>;

struct CheckCommand {
    std::string config;
    bool json = false;
    bool online = false;
    bool splunk = false;
};

constexpr const char* kSplunkProps =
    "\nprops.conf of the Splunk that reads the rendered files (format: line)\n"
    "  [eventfwd]\n"
    "  SHOULD_LINEMERGE = false\n"
    "  LINE_BREAKER = ([\\r\\n]+)\n"
    "  TRUNCATE = 65536\n"
    "  TIME_PREFIX = ^\n"
    "  TIME_FORMAT = %Y-%m-%dT%H:%M:%S.%6NZ\n"
    "  TZ = UTC\n"
    "  MAX_TIMESTAMP_LOOKAHEAD = 27\n"
    "  MAX_DAYS_AGO = 10951\n"
    "  KV_MODE = auto_escaped\n"
    "  AUTO_KV_JSON = false\n"
    "  CHARSET = UTF-8\n"
    "  EVENT_BREAKER_ENABLE = true\n";

// What was found, in the order in which it is looked for: what follows a problem is not tried.
struct Findings {
    Diagnostics problems;
    Diagnostics warnings;
    Answers answers;

    bool has_silent_destination() const {
        return std::ranges::any_of(answers, [](const auto& each) { return !each.problem.empty(); });
    }
};

Findings find(const ReadSettings& read, const CheckCommand& command) {
    Findings found{read.problems, {}, {}};
    if (!found.problems.empty()) return found;
    Preflight preflight = inspect_machine(read);
    found.problems = std::move(preflight.problems);
    found.warnings = warnings_of(read);
    std::ranges::move(preflight.warnings, std::back_inserter(found.warnings));
    if (found.problems.empty() && command.online) found.answers = ask_destinations(read.settings);
    return found;
}

void print_answers(const Answers& answers) {
    fmt::print("\ndestinations\n");
    if (answers.empty()) fmt::print("  none beyond this machine's files\n");
    for (const DestinationAnswer& answer : answers) {
        fmt::print(
            "  {:12} {} {}\n", answer.sink, printable(answer.address),
            answer.problem.empty() ? "answers" : "does not answer: " + printable(answer.problem));
    }
}

void print_text(const ReadSettings& read, const Findings& found, const CheckCommand& command) {
    const Settings& settings = read.settings;
    if (found.problems.empty()) {
        fmt::print("{}: good\n\n{}", settings.file.empty() ? "defaults" : printable(settings.file),
                   printable_lines(summary_of(settings)));
    }
    for (const Diagnostic& warning : found.warnings)
        fmt::print("\nwarning: {}\n", printable(warning.text()));
    if (!found.problems.empty()) return print_problems(found.problems);
    if (command.online) print_answers(found.answers);
    if (command.splunk) fmt::print("{}", kSplunkProps);
}

json::array as_json(const Diagnostics& diagnostics) {
    json::array all;
    for (const Diagnostic& each : diagnostics) {
        all.push_back(json::object{{"file", each.file},
                                   {"line", each.place.line},
                                   {"column", each.place.column},
                                   {"path", each.path},
                                   {"message", each.message}});
    }
    return all;
}

void print_json(const Findings& found, const CheckCommand& command) {
    json::object answer{{"valid", found.problems.empty()},
                        {"problems", as_json(found.problems)},
                        {"warnings", as_json(found.warnings)}};
    if (command.online) {
        json::array answers;
        for (const DestinationAnswer& each : found.answers) {
            answers.push_back(json::object{{"sink", each.sink},
                                           {"address", each.address},
                                           {"answers", each.problem.empty()},
                                           {"message", each.problem}});
        }
        answer["destinations"] = std::move(answers);
    }
    fmt::print("{}\n", printable_json(json::serialize(answer)));
}

int run(const CheckCommand& command) {
    const ReadSettings read = load_settings(command.config);
    const Findings found = find(read, command);
    if (command.json) {
        print_json(found, command);
    } else {
        print_text(read, found, command);
    }
    if (!found.problems.empty()) return kWrongUsage;
    return found.has_silent_destination() ? kFailed : kDone;
}

}  // namespace

void add_check_command(const Commands& commands) {
    const auto [line, command] = commands.add<CheckCommand>(
        "check", "Validate the configuration, try what it needs, and say what would run",
        "eventfwd check -c eventfwd.yaml --online", run);
    add_config(line, command.config);
    add_json(line, command.json);
    line.add_flag("--online", command.online,
                  "Ask each destination, too; exit status 1 where one does not answer");
    line.add_flag("--splunk", command.splunk, "Show the props.conf that Splunk needs");
}

}  // namespace eventfwd

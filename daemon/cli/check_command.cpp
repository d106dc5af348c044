// `eventfwd check`: all that is wrong with the configuration, or what would run and what to know.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "daemon/config/settings.h"
#include "daemon/config/summary.h"

namespace eventfwd {
namespace {

struct CheckCommand {
    std::string config;
    bool json = false;
};

void print_summary(const Settings& settings) {
    fmt::print("{}: good\n\n{}", settings.file.empty() ? "defaults" : settings.file,
               summary_of(settings));
    for (const std::string& warning : warnings_of(settings))
        fmt::print("\nwarning: {}\n", warning);
    fmt::print(
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
        "  EVENT_BREAKER_ENABLE = true\n");
}

void print_json(const ReadSettings& read) {
    const bool is_valid = read.problems.empty();
    const auto warnings = is_valid ? warnings_of(read.settings) : std::vector<std::string>();
    const boost::json::object answer{{"valid", is_valid},
                                     {"problems", boost::json::value_from(read.problems)},
                                     {"warnings", boost::json::value_from(warnings)}};
    fmt::print("{}\n", boost::json::serialize(answer));
}

int run(const CheckCommand& command) {
    const ReadSettings read = load_settings(command.config);
    if (command.json) {
        print_json(read);
    } else if (!read.problems.empty()) {
        print_problems(read.problems);
    } else {
        print_summary(read.settings);
    }
    return read.problems.empty() ? kDone : kWrongUsage;
}

}  // namespace

void add_check_command(const Commands& commands) {
    const auto [line, command] =
        commands.add<CheckCommand>("check", "Validate the configuration and say what would run",
                                   "eventfwd check -c eventfwd.yaml", run);
    add_config(line, command.config);
    add_json(line, command.json);
}

}  // namespace eventfwd

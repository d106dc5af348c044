#include "daemon/cli/complaints.h"

#include <fmt/format.h>

#include <cstdio>

#include "core/text/printable.h"

namespace eventfwd {

int fail(std::string_view message, int status) {
    fmt::print(stderr, "eventfwd: {}\n", printable(message));
    return status;
}

int fail(const Error& error) {
    return fail(error.message + (error.code == EACCES ? std::string(kAskAsDaemon) : ""));
}

void print_problems(const Diagnostics& problems) {
    for (const Diagnostic& problem : problems)
        fmt::print(stderr, "{}\n", printable(problem.text()));
    fmt::print(stderr, "{} problem{} in the configuration\n", problems.size(),
               problems.size() == 1 ? "" : "s");
}

std::optional<Settings> settings_or_complaint(const std::string& file) {
    ReadSettings read = load_settings(file);
    if (read.problems.empty()) return std::move(read.settings);
    print_problems(read.problems);
    return std::nullopt;
}

}  // namespace eventfwd

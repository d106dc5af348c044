// How a command ends that cannot go on: with a text on standard error, and an exit status.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "daemon/config/settings.h"

namespace eventfwd {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

// Prints "eventfwd: MESSAGE"; STATUS, for the command to end with.
int fail(std::string_view message, int status = kFailed);
// The same of ERROR, and who may do what this user may not.
int fail(const Error& error);

// Prints all that is wrong with a configuration.
void print_problems(const Diagnostics& problems);

// The settings in FILE; where FILE is empty, those that load_settings chooses. Nothing where they
// are wrong: all problems have been printed, and the command ends with kWrongUsage.
std::optional<Settings> settings_or_complaint(const std::string& file);

}  // namespace eventfwd

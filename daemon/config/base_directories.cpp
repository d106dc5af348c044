#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "daemon/config/settings.h"

namespace eventfwd {
namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

// systemd gives several directories as a list with colons; the first one is ours.
std::string first_of(const std::string& list) {
    return list.substr(0, list.find(':'));
}

std::string first_set(std::initializer_list<std::string> candidates) {
    for (const std::string& candidate : candidates) {
        if (!candidate.empty()) return candidate;
    }
    return "";
}

std::string below(const std::string& directory, const std::string& rest) {
    if (directory.empty()) return "";
    return std::filesystem::path(directory + rest).lexically_normal().string();
}

bool is_of_system(const std::string& file) {
    if (file.empty()) return false;
    return std::filesystem::absolute(file).lexically_normal().string().starts_with("/etc/");
}

// The specification of XDG's base directories; systemd says where logs go.
BaseDirectories of_user() {
    const std::string state = first_set({below(environment("XDG_STATE_HOME"), "/eventfwd"),
                                         below(environment("HOME"), "/.local/state/eventfwd")});
    return {state, below(state, "/log"),
            first_set({below(environment("XDG_RUNTIME_DIR"), "/eventfwd"), below(state, "/run")})};
}

}  // namespace

BaseDirectories BaseDirectories::of_system() {
    return {"/var/lib/eventfwd", "/var/log/eventfwd", "/run/eventfwd"};
}

BaseDirectories BaseDirectories::of(const std::string& file) {
    const bool is_system = ::geteuid() == 0 || is_of_system(file);
    const BaseDirectories base = is_system ? of_system() : of_user();
    return {first_set({first_of(environment("STATE_DIRECTORY")), base.state}),
            first_set({first_of(environment("LOGS_DIRECTORY")), base.logs}),
            first_set({first_of(environment("RUNTIME_DIRECTORY")), base.runtime})};
}

}  // namespace eventfwd

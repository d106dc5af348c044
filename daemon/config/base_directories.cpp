#include <unistd.h>

#include <cstdlib>

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
    return directory.empty() ? "" : directory + rest;
}

}  // namespace

BaseDirectories BaseDirectories::from_environment() {
    BaseDirectories base{first_of(environment("STATE_DIRECTORY")),
                         first_of(environment("LOGS_DIRECTORY")),
                         first_of(environment("RUNTIME_DIRECTORY"))};
    if (::geteuid() == 0) {
        return {first_set({base.state, "/var/lib/eventfwd"}),
                first_set({base.logs, "/var/log/eventfwd"}),
                first_set({base.runtime, "/run/eventfwd"})};
    }
    const std::string home = first_set({environment("HOME"), "/tmp"});
    const std::string state = first_set(
        {below(environment("XDG_STATE_HOME"), "/eventfwd"), home + "/.local/state/eventfwd"});
    return {first_set({base.state, state}), first_set({base.logs, state + "/log"}),
            first_set({base.runtime, below(environment("XDG_RUNTIME_DIR"), "/eventfwd"),
                       state + "/run"})};
}

}  // namespace eventfwd

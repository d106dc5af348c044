// Which paths a template can make, and whether two of them can ever make the same: two sinks with
// one file would each take the other's lines for foreign ones, and rotate them away.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/text/glob.h"
#include "sinks/file/path_template.h"

namespace eventfwd {

// The names of the events that a sink takes.
struct NameFilter {
    GlobList application;
    GlobList event;
};

// Whether an event that passes TAKES could lead to BELOW, a path below the root of PATH.
bool can_make(const PathTemplate& path, std::string_view below, const NameFilter& takes = {});

struct FileUser {
    std::string key;  // in the configuration
    PathTemplate path;
    NameFilter takes;
};

// Why FIRST and SECOND cannot be used together; nothing: they can. Exact where one of them is a
// fixed path. Two templates are taken to meet where that only depends on what events are called.
std::optional<std::string> find_conflict(const FileUser& first, const FileUser& second);

}  // namespace eventfwd

// What is said of one place in a configuration: a problem, with which it does not hold, or a
// warning, with which it does.
#pragma once

#include <string>
#include <vector>

#include "daemon/config/config_node.h"

namespace eventfwd {

struct Diagnostic {
    std::string file;     // the configuration's; empty: there is none
    Place place;          // of the value, where one is given, or of the key
    std::string path;     // of the key, as "sinks.lines.path"; empty: the whole file is meant
    std::string message;  // for a problem: what was expected

    // "FILE:LINE:COLUMN: PATH: MESSAGE", without what is not known.
    std::string text() const;

    bool operator==(const Diagnostic&) const = default;
};
using Diagnostics = std::vector<Diagnostic>;

}  // namespace eventfwd

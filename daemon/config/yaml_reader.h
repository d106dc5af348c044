// YAML text to a ConfigNode tree. yaml-cpp's home.
#pragma once

#include <string>

#include "daemon/config/config_node.h"
#include "daemon/config/problems.h"

namespace eventfwd {

// Reads TEXT. Broken YAML, a key given twice, and YAML that has no place in a configuration (an
// anchor, several documents, a key that is no text) are problems; what can be read besides is.
ConfigNode read_yaml(std::string text, Problems& problems);

}  // namespace eventfwd

// What people most often get wrong where a text is not the YAML that they meant. Pure.
#pragma once

#include <string>
#include <string_view>

#include "daemon/config/config_node.h"

namespace eventfwd {

// What to say behind the parser's own words where it stopped at PLACE of TEXT: "; …", or empty.
std::string yaml_hint(std::string_view text, const Place& place);

// The same for WRITTEN, a single value where a map of keys is expected.
std::string missing_colon_hint(std::string_view written);

// Says that VALUE, which YAML takes for something else, needs quotes.
std::string needs_quotes(std::string_view value);

}  // namespace eventfwd

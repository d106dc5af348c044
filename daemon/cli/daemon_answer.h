// What the daemon answers a command, as the object it is.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "core/result.h"

namespace eventfwd {

// Asks the daemon at CONTROL_PATH. What it refuses is an error, in its own words.
Result<boost::json::object> ask_for_object(const std::string& control_path,
                                           const std::string& request);

}  // namespace eventfwd

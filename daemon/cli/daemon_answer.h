// What the daemon answers a command, as the object it is.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace eventfwd {

// Asks the daemon at CONTROL_PATH. What it refuses is an error, in its own words.
Result<boost::json::object> ask_for_object(const std::string& control_path,
                                           const std::string& request);

// The same; nothing where that is an error, which has been printed: the command ends with kFailed.
std::optional<boost::json::object> answer_or_complaint(const std::string& control_path,
                                                       const std::string& request);

// How often a command that waits for the daemon asks it.
constexpr auto kPollInterval = std::chrono::milliseconds(100);

// The number NAME of OBJECT, which has one.
std::uint64_t number_of(const boost::json::object& object, std::string_view name);

}  // namespace eventfwd

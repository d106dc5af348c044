// Whether this process may write where a configuration says. Nothing is made or changed.
#pragma once

#include <string>

#include "core/result.h"

namespace eventfwd {

// Whether files can be made in DIRECTORY; where that is not there, whether it could be made.
Result<> usable_directory(const std::string& directory);

// Whether the file at PATH can be written; where it is not there, whether it could be made.
Result<> usable_file(const std::string& path);

// The same for a socket; one that is there is in use, by whoever made it.
Result<> usable_socket(const std::string& path);

}  // namespace eventfwd

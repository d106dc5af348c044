// Damaged bytes are never deleted: they are copied into the directory "quarantine" beside the
// segments, and there they stay when their segment goes.
#pragma once

#include <string>

#include "core/file_system.h"

namespace eventfwd {

// Where [BEGIN, END) of segment NUMBER is kept.
std::string quarantine_path(const std::string& directory, std::uint64_t number, std::uint64_t begin,
                            std::uint64_t end);

// Copies [BEGIN, END) of FILE, which is segment NUMBER, to its place, whole or not at all; it is on
// stable storage when the call returns. Returns the place. One call at a time.
Result<std::string> quarantine(FileSystem& files, const std::string& directory, const File& file,
                               std::uint64_t number, std::uint64_t begin, std::uint64_t end);

}  // namespace eventfwd

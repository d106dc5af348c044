// The files of the dead letters. Letters are numbered from 1; a file is called after the number of
// its first, and all in it are of one input or sink. Beside it stand the numbers of those that a
// retry has resolved, a range a line:
//
//     000000000001.jsonl   {"time":…      a letter a line
//     000000000001.resolved 17-23         written once they are delivered, and never changed
//
// A line that a crash tore is no range, or a smaller one: what it still says is true.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/file_system.h"
#include "core/text/number_ranges.h"

namespace eventfwd {

std::string letter_file(const std::string& path, std::uint64_t first);
std::string resolved_file(const std::string& path, std::uint64_t first);

// The numbers that files in the directory PATH begin with, ascending.
Result<std::vector<std::uint64_t>> list_letter_files(FileSystem& files, const std::string& path);

// What is resolved of the file that begins with FIRST, also where an older version wrote it.
Result<NumberRanges> read_resolved(FileSystem& files, const std::string& path, std::uint64_t first);
// Adds NUMBERS to that, durably.
Result<> write_resolved(FileSystem& files, const std::string& path, std::uint64_t first,
                        const NumberRanges& numbers);
// Removes what stands beside the file that begins with FIRST: its marks and repeats. No failure
// where there is nothing.
Result<> remove_beside(FileSystem& files, const std::string& path, std::uint64_t first);
// That file, too.
Result<> remove_letter_file(FileSystem& files, const std::string& path, std::uint64_t first);

}  // namespace eventfwd

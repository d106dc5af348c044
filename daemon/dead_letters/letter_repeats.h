// How often letters came, beside their file: a record of 64 bytes for each letter that came more
// than once, written over in place, so that a flood of one letter takes no room.
//
//     000000000001.repeated   000000000017 00000000250 0000000003 2026-11-28T17:46:11.735045Z
//                             its number   times       retried    the last time
//
// A record that a power cut tore counts for nothing: its letter came once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/file_system.h"

namespace eventfwd {

struct LetterRepeat {
    std::uint64_t number = 0;   // of the letter
    std::uint64_t times = 1;    // that it came
    std::uint64_t retried = 0;  // of those, that a retry has resolved
    Instant last;

    std::uint64_t left() const { return times - retried; }
};

constexpr std::size_t kRepeatBytes = 64;
constexpr std::uint64_t kTimesMax = 9'000'000'000;  // more do not fit a record

std::string repeats_file(const std::string& path, std::uint64_t first);

// By their place in the file that begins with FIRST; one that cannot be read has number 0. None
// where there is no such file.
Result<std::vector<LetterRepeat>> read_repeats(FileSystem& files, const std::string& path,
                                               std::uint64_t first);
// What REPEATS say of letter NUMBER; null where it came once.
const LetterRepeat* find_repeat(const std::vector<LetterRepeat>& repeats, std::uint64_t number);

// Writes CHANGED, which are among REPEATS, the file's, over what it says of them, durably.
Result<> write_repeats(FileSystem& files, const std::string& path, std::uint64_t first,
                       const std::vector<LetterRepeat>& repeats,
                       const std::vector<LetterRepeat>& changed);
// Writes REPEAT to PLACE of FILE.
Result<> write_repeat(File& file, std::size_t place, const LetterRepeat& repeat);

}  // namespace eventfwd

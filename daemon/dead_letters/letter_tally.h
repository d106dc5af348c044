// What became of the letters in files that are gone, by origin: the record file "removed" beside
// the letters. It is written before a file goes, and says which: a start finishes what a crash
// left.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/file_system.h"

namespace eventfwd {

struct LetterTally {
    struct Counts {
        std::uint64_t expired = 0;
        std::uint64_t retried = 0;
    };
    std::map<std::string, Counts, std::less<>> origins;
    std::uint64_t next_number = 1;  // no letter that is gone had a number from this one on
    std::uint64_t removing = 0;     // the file that goes, or went last; 0: none
};

constexpr std::size_t kTallyBytesMax = 4096;  // about

// PATH is the letters' directory.
Result<> save_tally(FileSystem& files, const std::string& path, const LetterTally& tally);
// An empty one where there is none that can be read.
LetterTally load_tally(FileSystem& files, const std::string& path);

}  // namespace eventfwd

// Steps through the dead letters of a directory by number, those of each input or sink oldest
// first, a file in memory at a time. A daemon may be writing to them meanwhile.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/dead_letters/letter_files.h"
#include "daemon/dead_letters/letter_repeats.h"

namespace eventfwd {

// Which letters are meant.
struct LetterChoice {
    std::string from{};      // "input NAME" or "sink NAME"; empty: any
    NumberRanges numbers{};  // empty: any
    std::uint64_t after = 0;
    std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    bool with_resolved = false;  // those, too, that a retry has resolved
};

// One letter as it was kept.
struct KeptLetter {
    std::uint64_t number = 0;
    std::string json;
    bool is_resolved = false;
    std::uint64_t times = 1;  // that it came
    std::uint64_t left = 1;   // of those, that no retry has resolved yet
    Instant last{};           // when it came for the last time; where it came more than once
};

// Not shared between threads.
class LetterWalk {
  public:
    // FILES outlives the walk.
    LetterWalk(FileSystem& files, std::string path, LetterChoice choice)
        : files_(files), path_(std::move(path)), choice_(std::move(choice)) {}

    // The next letter; nothing where there is none left.
    Result<std::optional<KeptLetter>> next();

  private:
    Result<bool> open_next();
    bool is_meant(std::string_view line, bool is_resolved) const;

    FileSystem& files_;
    const std::string path_;
    const LetterChoice choice_;
    std::optional<std::vector<std::uint64_t>> firsts_;  // of the files that there were
    std::size_t next_file_ = 0;                         // in firsts_
    std::string text_;                                  // of the file at hand
    std::size_t at_ = 0;                                // where its next line begins
    NumberRanges resolved_;                             // of that file
    std::map<std::uint64_t, LetterRepeat> repeats_;     // likewise, by number
    std::uint64_t number_ = 0;                          // of the next line
    std::uint64_t end_ = 0;                             // behind the last that the file can have
};

}  // namespace eventfwd

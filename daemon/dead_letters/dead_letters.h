// The dead letters: what was refused, byte for byte, with the reason. JSON lines (letter_json.h) in
// numbered files of a bounded directory (letter_files.h); when the bound is reached the oldest file
// goes, counted. A letter that a retry resolves is marked, so that numbers stay; a file goes when
// all of its letters are resolved.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/failure_edge.h"
#include "core/file_system.h"
#include "daemon/dead_letters/dead_letter_options.h"
#include "daemon/dead_letters/letter_json.h"
#include "daemon/dead_letters/letter_walk.h"

namespace eventfwd {

// Thread-safe.
class DeadLetters {
  public:
    struct Counts {
        std::uint64_t kept = 0;
        std::uint64_t lost = 0;     // could not be written
        std::uint64_t expired = 0;  // went with the oldest files
        std::uint64_t retried = 0;  // and resolved
    };

    DeadLetters(DeadLetterOptions options, FileSystem& files);
    // Counting goes on from BEFORE, which an earlier life has counted.
    void go_on_counting(const Counts& before);

    // Appends whole lines of to_json_line, COUNT in number; on failure none of them.
    Result<> keep(std::string_view lines, std::uint64_t count);
    // As keep, for an input, which must not be stopped: on failure they are counted as lost, and
    // only the first failure in a row is given back.
    Result<> keep_or_lose(std::string_view lines, std::uint64_t count);

    // Makes durable what was kept: a cursor is about to vouch for it.
    Result<> sync();

    // Marks letters whose events are delivered, or in the journal, for good. Those that are marked
    // already, or not there any more, do no harm.
    Result<> mark_resolved(const NumberRanges& numbers);

    // The letters that CHOICE means.
    LetterWalk walk(LetterChoice choice) const {
        return {files_, options_.path, std::move(choice)};
    }

    Counts counts() const;

    // The last failure of what is done beside keeping letters, such as removing the oldest, which
    // stops no letter; none since it succeeded.
    Result<> upkeep() const;

  private:
    struct LetterFile {
        std::uint64_t first = 0;
        std::uint64_t count = 0;
        std::uint64_t bytes = 0;
        bool is_readable = true;  // else COUNT is the most that there can be
    };

    Result<> scan();
    Result<LetterFile> look_at(std::uint64_t first);
    Result<> append(std::string_view lines, std::uint64_t count);
    bool is_file_gone() const;
    Result<> open_next();
    void make_room(std::uint64_t bytes);
    Result<> remove(std::vector<LetterFile>::iterator file);
    Result<std::uint64_t> mark(const LetterFile& file, const NumberRanges& numbers);

    const DeadLetterOptions options_;
    FileSystem& files_;
    mutable std::mutex mutex_;  // guards all below
    Counts counts_;
    bool is_scanned_ = false;
    FailureEdge keeping_;
    std::vector<LetterFile> existing_;  // oldest first; the last is being written
    std::shared_ptr<File> file_;
    std::vector<std::shared_ptr<File>> unsynced_;
    bool has_unsynced_names_ = false;
    Result<> upkeep_;
};

// All letters in a directory, oldest first, with those that are resolved. A daemon may be
// writing to it.
Result<std::vector<KeptLetter>> read_dead_letters(FileSystem& files, const std::string& path);

}  // namespace eventfwd

// The dead letters: what was refused, byte for byte, with the reason. JSON lines (letter_json.h) in
// numbered files of a bounded directory (letter_files.h), each of one input or sink. One that
// repeats is kept once, with a count (letter_repeats.h). Where the bound is reached, the oldest
// file of the origin that takes the most room goes, counted: so none loses its fair share to
// another. A letter that a retry resolves is marked, so that numbers stay; a file goes when all of
// its letters are resolved. What is counted is read from the files at each start, so that it is
// true over a crash, too.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "core/failure_edge.h"
#include "core/file_system.h"
#include "daemon/dead_letters/dead_letter_options.h"
#include "daemon/dead_letters/letter_batch.h"
#include "daemon/dead_letters/letter_walk.h"
#include "daemon/dead_letters/origin_letters.h"

namespace eventfwd {

// Thread-safe.
class DeadLetters {
  public:
    // Every time that a letter came counts. kept = expired + retried + those that are there.
    struct Counts {
        std::uint64_t kept = 0;
        std::uint64_t lost = 0;     // could not be written
        std::uint64_t expired = 0;  // went with the oldest files
        std::uint64_t retried = 0;  // and resolved

        void add(const Counts& counts);
        bool operator==(const Counts&) const = default;
    };
    using CountsByOrigin = std::map<std::string, Counts, std::less<>>;

    // Stands for all of them, where an earlier version did not count by origin.
    static constexpr std::string_view kAllOrigins = "";

    // By number, how many of the times that a letter came are resolved.
    using Resolved = std::map<std::uint64_t, std::uint64_t>;

    DeadLetters(DeadLetterOptions options, FileSystem& files);
    // Counting goes on from BEFORE, which an earlier life has counted. What is not there any more
    // counts as expired.
    void go_on_counting(const CountsByOrigin& before);

    // Keeps BATCH; on failure nothing of it.
    Result<> keep(const LetterBatch& batch);
    Result<> keep(const DeadLetter& letter);
    // As keep, for an input, which must not be stopped: on failure they are counted as lost, and
    // only the first failure in a row is given back.
    Result<> keep_or_lose(const LetterBatch& batch);

    // Makes durable what was kept: a cursor is about to vouch for it.
    Result<> sync();

    // Marks letters whose events are delivered, or in the journal, for good: as often as RESOLVED
    // says, or as often as each came until now. Those that are marked already, or not there any
    // more, do no harm.
    Result<> mark_resolved(const Resolved& resolved);
    Result<> mark_resolved(const NumberRanges& numbers);

    // The letters that CHOICE means.
    LetterWalk walk(LetterChoice choice) const {
        return {files_, options_.path, std::move(choice)};
    }

    // The first call reads the directory, where nothing else has.
    CountsByOrigin counts_by_origin();
    Counts counts();

    // The last failure of what is done beside keeping letters, such as removing the oldest, which
    // stops no letter; none since it succeeded.
    Result<> upkeep() const;

  private:
    using Origins = std::map<std::string, OriginLetters, std::less<>>;

    Result<> scan();
    Result<std::uint64_t> end_of_unreadable(std::uint64_t first, const Error& reason);
    void scan_anew();
    void reconcile();
    Result<> put(OriginLetters& origin, const LetterBatch& batch);
    Result<> append(OriginLetters& origin, std::string_view lines, std::uint64_t count);
    Result<> repeat(OriginLetters& origin, OriginLetters::Known& known,
                    const LetterBatch::Entry& entry, std::uint64_t more);
    bool is_file_gone(const OriginLetters& origin) const;
    std::uint64_t number_file(const OriginLetters& origin);
    Result<> open_next(OriginLetters& origin);
    void make_room(const OriginLetters& origin, std::uint64_t bytes);
    Result<> remove(OriginLetters& origin, std::size_t at);
    Result<std::uint64_t> mark(OriginLetters& origin, LetterFile& file, const Resolved& resolved);
    Result<> mark_in_files(const Resolved& resolved);

    const DeadLetterOptions options_;
    FileSystem& files_;
    mutable std::mutex mutex_;  // guards all below
    bool is_scanned_ = false;
    FailureEdge keeping_;
    Origins origins_;
    CountsByOrigin before_;
    std::uint64_t next_number_ = 1;     // no letter that is gone has one from this one on
    std::set<std::uint64_t> unsynced_;  // files, by their first number
    bool has_unsynced_names_ = false;
    Result<> upkeep_;
    std::set<std::uint64_t> stuck_;  // files that could not be removed since the last was opened
};

// All letters in a directory, by number, with those that are resolved. A daemon may be writing to
// it.
Result<std::vector<KeptLetter>> read_dead_letters(FileSystem& files, const std::string& path);

}  // namespace eventfwd

// The letters of one input or sink, as the dead letters know them: its files, what is open of the
// last one, and what may repeat in that.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/file_system.h"
#include "daemon/dead_letters/letter_batch.h"
#include "daemon/dead_letters/letter_repeats.h"
#include "daemon/dead_letters/letter_tally.h"

namespace eventfwd {

struct LetterFile {
    std::uint64_t first = 0;     // number of its first letter
    std::uint64_t count = 0;     // letters
    std::uint64_t bytes = 0;     // of those
    std::uint64_t repeats = 0;   // records of repeats
    std::uint64_t events = 0;    // letters, each as often as it came
    std::uint64_t resolved = 0;  // of those
    // Numbers from here on are another file's.
    std::uint64_t numbers_end = std::numeric_limits<std::uint64_t>::max();

    std::uint64_t end() const { return first + count; }
    std::uint64_t size() const { return bytes + repeats * kRepeatBytes; }
};

struct OriginLetters {
    // A letter of the open file, as its record says; PLACE is that of the record, where it has one.
    struct Known {
        static constexpr std::uint64_t kNoPlace = ~std::uint64_t{0};
        LetterRepeat repeat;
        std::uint64_t place = kNoPlace;

        bool has_record() const { return place != kNoPlace; }
    };
    // Where so many are known, the table begins anew: each letter is stored once more then.
    static constexpr std::size_t kKnownMax = 4096;

    std::vector<LetterFile> files;  // oldest first; the last is being written where FILE is open
    std::shared_ptr<File> file;
    std::shared_ptr<File> repeats;  // null: nothing has repeated yet
    std::unordered_map<LetterDigest, Known, LetterDigestHash> known;
    LetterTally::Counts removed;  // in files that are gone
    std::uint64_t lost = 0;       // could not be written

    void close() {
        file.reset();
        repeats.reset();
        known.clear();
    }
    std::uint64_t size() const;
    // Events that were kept, and those that a retry has resolved: now and in files that are gone.
    std::uint64_t kept() const;
    std::uint64_t retried() const;
    // The known letter of ENTRY where it can repeat once more; null otherwise.
    Known* find_known(const LetterBatch::Entry& entry);
    void remember(const LetterBatch::Entry& entry, std::uint64_t number);
};

// What is in the file that begins with FIRST, and whose it is: "several" where an earlier version
// kept letters of several in one.
struct ScannedLetters {
    std::string origin;
    LetterFile file;
};
Result<ScannedLetters> scan_letters(FileSystem& files, const std::string& path,
                                    std::uint64_t first);

}  // namespace eventfwd

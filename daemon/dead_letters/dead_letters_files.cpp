// The files of the dead letters: found at a start, opened one after the other, and removed where
// they need the room.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "daemon/dead_letters/dead_letters.h"
#include "daemon/dead_letters/letter_files.h"

namespace eventfwd {
namespace {

// While two origins write, so many numbers are between the beginnings of their files at least.
constexpr std::uint64_t kNumbersApart = 10'000;
constexpr int kTriesMax = 8;  // of numbers for a new file

// Whether CODE is of something that trying again does not change, as a file of another user.
bool is_obstacle(int code) {
    return code == EACCES || code == EPERM || code == EBUSY || code == EIO || code == EISDIR ||
           code == ELOOP || code == EINVAL;
}

}  // namespace

Result<> DeadLetters::scan() {
    if (is_scanned_) return {};
    const auto firsts = list_letter_files(files_, options_.path);
    if (!firsts && firsts.error().code != ENOENT) return std::unexpected(firsts.error());
    const LetterTally tally = load_tally(files_, options_.path);
    std::vector<ScannedLetters> found;
    std::uint64_t numbers_end = 1;
    for (const std::uint64_t first : firsts ? *firsts : std::vector<std::uint64_t>{}) {
        if (first == tally.removing) {  // it is counted as gone
            const auto removed = remove_letter_file(files_, options_.path, first);
            if (!removed && !is_obstacle(removed.error().code)) return removed;
            upkeep_ = removed;
            continue;
        }
        auto scanned = scan_letters(files_, options_.path, first);
        if (!scanned) {
            const auto end = end_of_unreadable(first, scanned.error());
            if (!end) return std::unexpected(end.error());
            numbers_end = std::max(numbers_end, *end);
            upkeep_ = std::unexpected(scanned.error());
            continue;
        }
        if (scanned->file.count > 0) found.push_back(std::move(*scanned));
    }
    for (auto& [name, origin] : origins_) {
        origin.close();
        origin.files.clear();
        origin.removed = {};
    }
    for (const auto& [name, removed] : tally.origins)
        origins_[name].removed = removed;
    for (const ScannedLetters& each : found)
        origins_[each.origin].files.push_back(each.file);
    next_number_ = std::max(tally.next_number, numbers_end);
    is_scanned_ = true;
    reconcile();
    return {};
}

// Behind the last number that the file FIRST, which cannot be read for REASON, can hold. It keeps
// its numbers, and is in nobody's way.
Result<std::uint64_t> DeadLetters::end_of_unreadable(std::uint64_t first, const Error& reason) {
    const auto status = files_.status(letter_file(options_.path, first));
    if (!status || !is_obstacle(reason.code)) return std::unexpected(reason);
    return first + status->size;
}

// The files are read once more before anything else is done with them.
void DeadLetters::scan_anew() {
    for (auto& [name, origin] : origins_) {
        before_[name] = {origin.kept(), origin.lost, origin.removed.expired, origin.retried()};
        origin.close();
    }
    is_scanned_ = false;
}

// What an earlier life counted and no file knows, another version or somebody else has removed.
void DeadLetters::reconcile() {
    for (const auto& [name, before] : before_) {
        std::uint64_t kept = 0, retried = 0;
        for (const auto& [each_name, each] : origins_) {
            if (name != kAllOrigins && name != each_name) continue;
            kept += each.kept();
            retried += each.retried();
        }
        LetterTally::Counts& removed = origins_[name].removed;
        const std::uint64_t unmarked = before.retried - std::min(before.retried, retried);
        removed.retried += unmarked;
        removed.expired += before.kept - std::min(before.kept, kept + unmarked);
    }
    before_.clear();
}

bool DeadLetters::is_file_gone(const OriginLetters& origin) const {
    if (origin.file == nullptr) return false;
    const auto there = files_.status(letter_file(options_.path, origin.files.back().first));
    const auto ours = origin.file->status();
    return ours && (there ? there->inode != ours->inode : there.error().code == ENOENT);
}

// The first number of a new file of ORIGIN: behind the newest file, with room for that one where
// another origin is writing it.
std::uint64_t DeadLetters::number_file(const OriginLetters& origin) {
    LetterFile* newest = nullptr;
    bool is_another_writing = false;
    for (auto& [name, each] : origins_) {
        if (each.files.empty() || (newest && each.files.back().first < newest->first)) continue;
        newest = &each.files.back();
        is_another_writing = &each != &origin && each.file != nullptr;
    }
    if (newest == nullptr) return next_number_;
    std::uint64_t first = newest->end();
    if (is_another_writing) {
        first = ((first - 1) / kNumbersApart + 1) * kNumbersApart + 1;
        newest->numbers_end = first;
    }
    return std::max(first, next_number_);
}

Result<> DeadLetters::open_next(OriginLetters& origin) {
    origin.close();
    if (!origin.files.empty() && origin.files.back().count == 0) origin.files.pop_back();
    if (auto made = files_.make_directories(options_.path); !made) return made;
    std::uint64_t first = number_file(origin);
    // Left by files that somebody removed, they would speak of other letters. What cannot be
    // removed takes no more than its number away.
    for (int left = kTriesMax; left > 0; --left) {
        const auto removed = remove_beside(files_, options_.path, first);
        if (removed) break;
        if (left == 1 || !is_obstacle(removed.error().code)) return removed;
        upkeep_ = removed;
        ++first;
    }
    auto file = files_.open(letter_file(options_.path, first), OpenMode::replace);
    if (!file) return std::unexpected(file.error());
    origin.file = std::move(*file);
    has_unsynced_names_ = true;
    stuck_.clear();
    origin.files.emplace_back().first = first;
    return {};
}

// For BYTES more of ORIGIN, whose last file is being written. The origin that takes the most room
// gives the oldest file that can be removed; where none can, the letters take more room than they
// should.
void DeadLetters::make_room(const OriginLetters& origin, std::uint64_t bytes) {
    Result<> failed;
    const auto is_free = [this](const LetterFile& file) { return !stuck_.contains(file.first); };
    while (true) {
        std::uint64_t total = std::min<std::uint64_t>(kTallyBytesMax, options_.bytes_max / 16);
        OriginLetters* largest = nullptr;
        std::uint64_t largest_size = 0;
        std::size_t oldest = 0;  // index in its files
        for (auto& [name, each] : origins_) {
            const bool is_own = &each == &origin;
            const std::uint64_t size = each.size() + (is_own ? bytes : 0);
            total += size;
            const auto at = static_cast<std::size_t>(std::ranges::find_if(each.files, is_free) -
                                                     each.files.begin());
            if (at + (is_own ? 1 : 0) >= each.files.size() || size < largest_size) continue;
            largest = &each;
            largest_size = size;
            oldest = at;
        }
        if (total <= options_.bytes_max || largest == nullptr) break;
        const std::uint64_t first = largest->files[oldest].first;
        const auto removed = remove(*largest, oldest);
        if (!removed) {
            failed = removed;
            stuck_.insert(first);
        }
        upkeep_ = failed;
    }
}

// File AT of ORIGIN: first it is counted as gone.
Result<> DeadLetters::remove(OriginLetters& origin, std::size_t at) {
    const LetterFile file = origin.files[at];
    if (at + 1 == origin.files.size()) origin.close();  // what is written now must not go
    const LetterTally::Counts removed{origin.removed.expired + file.events - file.resolved,
                                      origin.removed.retried + file.resolved};
    LetterTally tally;
    tally.next_number = std::max(next_number_, file.end());
    tally.removing = file.first;
    for (const auto& [name, each] : origins_) {
        const auto counts = &each == &origin ? removed : each.removed;
        if (counts.expired + counts.retried > 0) tally.origins[name] = counts;
    }
    if (auto saved = save_tally(files_, options_.path, tally); !saved) return saved;
    if (auto gone = remove_letter_file(files_, options_.path, file.first); !gone) return gone;
    next_number_ = tally.next_number;
    origin.removed = removed;
    origin.files.erase(origin.files.begin() + static_cast<std::ptrdiff_t>(at));
    unsynced_.erase(file.first);
    return {};
}

}  // namespace eventfwd

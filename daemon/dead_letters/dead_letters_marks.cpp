// What a retry has resolved of the dead letters.
#include <algorithm>
#include <utility>

#include "daemon/dead_letters/dead_letters.h"
#include "daemon/dead_letters/letter_files.h"

namespace eventfwd {

Result<> DeadLetters::mark_resolved(const NumberRanges& numbers) {
    const std::lock_guard lock(mutex_);
    if (auto scanned = scan(); !scanned) return scanned;
    Resolved resolved;
    for (const auto& [name, origin] : origins_) {
        for (const LetterFile& file : origin.files) {
            if (file.count == 0) continue;
            const NumberRanges meant = numbers.within({file.first, file.end() - 1});
            for (const auto& [first, last] : meant.all()) {
                for (std::uint64_t number = first; number <= last; ++number)
                    resolved[number] = kTimesMax;
            }
        }
    }
    return mark_in_files(resolved);
}

Result<> DeadLetters::mark_resolved(const Resolved& resolved) {
    const std::lock_guard lock(mutex_);
    if (auto scanned = scan(); !scanned) return scanned;
    return mark_in_files(resolved);
}

// A file that cannot be marked holds up no other.
Result<> DeadLetters::mark_in_files(const Resolved& resolved) {
    Result<> failed;
    for (auto& [name, origin] : origins_) {
        for (std::size_t at = 0; at < origin.files.size();) {
            LetterFile& file = origin.files[at];
            const auto marked = mark(origin, file, resolved);
            if (!marked) {
                failed = std::unexpected(marked.error());
                ++at;
                continue;
            }
            file.resolved += *marked;
            // The one that is being written stays.
            const bool is_done = file.resolved == file.events && at + 1 < origin.files.size();
            const auto removed = is_done ? remove(origin, at) : Result<>{};
            if (!removed) upkeep_ = removed;
            if (!is_done || !removed) ++at;
        }
    }
    if (!failed) scan_anew();  // some of it may be marked
    return failed;
}

// How many events of FILE are resolved by this.
Result<std::uint64_t> DeadLetters::mark(OriginLetters& origin, LetterFile& file,
                                        const Resolved& resolved) {
    const auto begin = resolved.lower_bound(file.first);
    const auto end = resolved.lower_bound(file.end());
    if (begin == end) return 0;
    const auto marked = read_resolved(files_, options_.path, file.first);
    if (!marked) return std::unexpected(marked.error());
    const auto repeats = read_repeats(files_, options_.path, file.first);
    if (!repeats) return std::unexpected(repeats.error());
    NumberRanges whole;
    std::vector<LetterRepeat> partly;
    std::uint64_t events = 0;
    for (auto each = begin; each != end; ++each) {
        const auto [number, times] = *each;
        if (marked->contains(number)) continue;
        const LetterRepeat* const found = find_repeat(*repeats, number);
        LetterRepeat repeat = found != nullptr ? *found : LetterRepeat{number, 1, 0, {}};
        const std::uint64_t done = std::min(times, repeat.left());
        events += done;
        if (done == repeat.left()) {
            whole.add(number);
        } else if (done > 0) {
            repeat.retried += done;
            partly.push_back(repeat);
        }
    }
    if (!partly.empty()) {
        const auto written = write_repeats(files_, options_.path, file.first, *repeats, partly);
        if (!written) return std::unexpected(written.error());
    }
    if (!whole.empty()) {
        const auto written = write_resolved(files_, options_.path, file.first, whole);
        if (!written) return std::unexpected(written.error());
    }
    if (origin.file == nullptr || &file != &origin.files.back()) return events;
    // What comes now is a letter of its own.
    std::erase_if(origin.known,
                  [&](const auto& known) { return whole.contains(known.second.repeat.number); });
    for (auto& [digest, known] : origin.known) {
        const LetterRepeat* const changed = find_repeat(partly, known.repeat.number);
        if (changed != nullptr) known.repeat.retried = changed->retried;
    }
    return events;
}

}  // namespace eventfwd

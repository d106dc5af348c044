#include "daemon/dead_letters/origin_letters.h"

#include <functional>
#include <numeric>

#include "daemon/dead_letters/letter_files.h"
#include "daemon/dead_letters/letter_json.h"

namespace eventfwd {
namespace {

constexpr std::string_view kSeveral = "several";

template <class Field>
std::uint64_t sum_of(const std::vector<LetterFile>& files, Field field) {
    return std::accumulate(
        files.begin(), files.end(), std::uint64_t{0},
        [&](std::uint64_t sum, const LetterFile& file) { return sum + std::invoke(field, file); });
}

}  // namespace

std::uint64_t OriginLetters::size() const {
    return sum_of(files, &LetterFile::size);
}

std::uint64_t OriginLetters::kept() const {
    return sum_of(files, &LetterFile::events) + removed.expired + removed.retried;
}

std::uint64_t OriginLetters::retried() const {
    return sum_of(files, &LetterFile::resolved) + removed.retried;
}

OriginLetters::Known* OriginLetters::find_known(const LetterBatch::Entry& entry) {
    if (!entry.can_repeat) return nullptr;
    const auto found = known.find(entry.digest);
    if (found == known.end() || found->second.repeat.times + entry.times > kTimesMax) {
        return nullptr;
    }
    return &found->second;
}

void OriginLetters::remember(const LetterBatch::Entry& entry, std::uint64_t number) {
    if (!entry.can_repeat) return;
    known[entry.digest] = {{number, 1, 0, entry.last}};
}

Result<ScannedLetters> scan_letters(FileSystem& files, const std::string& path,
                                    std::uint64_t first) {
    ScannedLetters scanned;
    const auto text = read_whole_file(files, letter_file(path, first));
    if (!text) return std::unexpected(text.error());
    const auto repeats = read_repeats(files, path, first);
    if (!repeats) return std::unexpected(repeats.error());
    const auto resolved = read_resolved(files, path, first);
    if (!resolved) return std::unexpected(resolved.error());
    LetterFile& file = scanned.file;
    file.first = first;
    file.bytes = text->size();
    file.repeats = repeats->size();
    for (std::string_view rest = *text; rest.contains('\n');) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(line.size() + 1);
        if (file.count == 0) scanned.origin = origin_of(line);
        if (scanned.origin != origin_of(line)) scanned.origin = kSeveral;
        ++file.count;
    }
    if (scanned.origin.empty()) scanned.origin = kSeveral;
    file.events = file.count;
    for (const LetterRepeat& repeat : *repeats) {
        if (repeat.number < first || repeat.number >= file.end()) continue;
        file.events += repeat.times - 1;
        file.resolved += resolved->contains(repeat.number) ? repeat.times - 1 : repeat.retried;
    }
    if (file.count > 0) file.resolved += resolved->within({first, file.end() - 1}).count();
    return scanned;
}

}  // namespace eventfwd

#include "daemon/dead_letters/dead_letters.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "daemon/dead_letters/letter_files.h"

namespace eventfwd {
namespace {

constexpr std::uint64_t kFilesAtOnce = 64;  // how finely the oldest letters go

}  // namespace

void DeadLetters::Counts::add(const Counts& counts) {
    kept += counts.kept;
    lost += counts.lost;
    expired += counts.expired;
    retried += counts.retried;
}

DeadLetters::DeadLetters(DeadLetterOptions options, FileSystem& files)
    : options_(std::move(options)), files_(files) {}

Result<> DeadLetters::keep(const LetterBatch& batch) {
    const std::lock_guard lock(mutex_);
    OriginLetters& origin = origins_[batch.origin()];
    // Somebody has removed it: what comes begins anew where it was.
    if (is_file_gone(origin)) scan_anew();
    if (auto scanned = scan(); !scanned) return scanned;
    return put(origin, batch);
}

Result<> DeadLetters::keep(const DeadLetter& letter) {
    LetterBatch batch{std::string(letter.from)};
    batch.add(letter);
    return keep(batch);
}

Result<> DeadLetters::keep_or_lose(const LetterBatch& batch) {
    const auto kept = keep(batch);
    const std::lock_guard lock(mutex_);
    if (!kept) origins_[batch.origin()].lost += batch.count();
    Result<> first;
    keeping_.note(kept, [&](const Error& error) { first = std::unexpected(error); });
    return first;
}

// New letters are written at once. Then the records of those that repeat: one that cannot be
// written counts as lost, because the letters of the batch are kept.
Result<> DeadLetters::put(OriginLetters& origin, const LetterBatch& batch) {
    std::string lines;
    std::vector<const LetterBatch::Entry*> fresh;
    std::uint64_t records = 0;  // of repeats, that are new
    const auto sort_out = [&] {
        lines.clear();
        fresh.clear();
        records = 0;
        for (const LetterBatch::Entry& entry : batch.entries()) {
            const auto* const known = origin.find_known(entry);
            if (known == nullptr) {
                lines += batch.line(entry);
                fresh.push_back(&entry);
            }
            const bool repeats = known != nullptr ? !known->has_record() : entry.times > 1;
            records += repeats ? 1 : 0;
        }
    };
    if (origin.known.size() >= OriginLetters::kKnownMax) origin.known.clear();
    sort_out();
    const auto file_bytes_max = std::max<std::uint64_t>(1, options_.bytes_max / kFilesAtOnce);
    const bool is_open = origin.file != nullptr;
    const bool has_room =
        is_open && origin.files.back().size() + lines.size() <= file_bytes_max &&
        origin.files.back().end() + fresh.size() <= origin.files.back().numbers_end;
    if (!has_room && (!is_open || !fresh.empty())) {
        if (auto opened = open_next(origin); !opened) return opened;
        sort_out();  // nothing is known of the new file
    }
    make_room(origin, lines.size() + records * kRepeatBytes);
    const std::uint64_t first = origin.files.back().end();
    if (!fresh.empty()) {
        if (auto appended = append(origin, lines, fresh.size()); !appended) {
            if (appended.error().code != EFBIG || origin.files.back().bytes == 0) return appended;
            origin.close();  // it must not become larger, but the next one may take them
            return put(origin, batch);
        }
    }
    for (std::size_t at = 0; at < fresh.size(); ++at)
        origin.remember(*fresh[at], first + at);
    for (const LetterBatch::Entry& entry : batch.entries()) {
        OriginLetters::Known* const known = origin.find_known(entry);
        if (known == nullptr) continue;
        const std::uint64_t more = entry.times - (known->repeat.number >= first ? 1 : 0);
        if (more > 0 && !repeat(origin, *known, entry, more)) origin.lost += more;
    }
    return {};
}

Result<> DeadLetters::append(OriginLetters& origin, std::string_view lines, std::uint64_t count) {
    LetterFile& file = origin.files.back();
    iovec part = as_iovec(lines);
    if (auto written = write_all_at(*origin.file, file.bytes, {&part, 1}); !written) {
        // What is there of them must not end up behind the next ones.
        if (!origin.file->truncate(file.bytes)) origin.close();
        return written;
    }
    file.bytes += lines.size();
    file.count += count;
    file.events += count;
    unsynced_.insert(file.first);
    return {};
}

// The letter KNOWN came MORE times.
Result<> DeadLetters::repeat(OriginLetters& origin, OriginLetters::Known& known,
                             const LetterBatch::Entry& entry, std::uint64_t more) {
    LetterFile& file = origin.files.back();
    if (origin.repeats == nullptr) {
        auto opened = files_.open(repeats_file(options_.path, file.first), OpenMode::replace);
        if (!opened) return std::unexpected(opened.error());
        origin.repeats = std::move(*opened);
        has_unsynced_names_ = true;
    }
    const bool is_new = !known.has_record();
    const std::uint64_t place = is_new ? file.repeats : known.place;
    LetterRepeat repeat = known.repeat;
    repeat.times += more;
    repeat.last = entry.last;
    if (auto written = write_repeat(*origin.repeats, place, repeat); !written) return written;
    if (is_new) ++file.repeats;
    known = {repeat, place};
    file.events += more;
    unsynced_.insert(file.first);
    return {};
}

// Without the lock while it waits for the disk: inputs must not.
Result<> DeadLetters::sync() {
    std::set<std::uint64_t> firsts;
    bool has_names = false;
    {
        const std::lock_guard lock(mutex_);
        firsts.swap(unsynced_);
        has_names = std::exchange(has_unsynced_names_, false);
    }
    Result<> synced = has_names ? files_.sync_directory(options_.path) : Result<>{};
    if (!synced && synced.error().code == ENOENT) synced = {};  // somebody has removed all of it
    for (const std::uint64_t first : firsts) {
        for (const auto& path :
             {letter_file(options_.path, first), repeats_file(options_.path, first)}) {
            if (!synced) break;
            const auto file = files_.open(path, OpenMode::read);
            if (file) {
                synced = (*file)->sync_data();
            } else if (file.error().code != ENOENT) {  // it went with the oldest
                synced = std::unexpected(file.error());
            }
        }
    }
    if (synced) return {};
    const std::lock_guard lock(mutex_);
    unsynced_.merge(firsts);
    has_unsynced_names_ |= has_names;
    return synced;
}

void DeadLetters::go_on_counting(const CountsByOrigin& before) {
    const std::lock_guard lock(mutex_);
    before_ = before;
    for (const auto& [origin, counts] : before)
        origins_[origin].lost = counts.lost;
}

// As far as the directory can be read; what it holds is counted once it can.
DeadLetters::CountsByOrigin DeadLetters::counts_by_origin() {
    const std::lock_guard lock(mutex_);
    const bool is_known = scan().has_value();
    CountsByOrigin counts;
    for (const auto& [name, origin] : origins_) {
        counts[name] =
            is_known ? Counts{origin.kept(), origin.lost, origin.removed.expired, origin.retried()}
                     : before_[name];
    }
    return counts;
}

DeadLetters::Counts DeadLetters::counts() {
    Counts sum;
    for (const auto& [name, counts] : counts_by_origin())
        sum.add(counts);
    return sum;
}

Result<> DeadLetters::upkeep() const {
    const std::lock_guard lock(mutex_);
    return upkeep_;
}

Result<std::vector<KeptLetter>> read_dead_letters(FileSystem& files, const std::string& path) {
    LetterWalk walk(files, path, {.with_resolved = true});
    std::vector<KeptLetter> letters;
    while (true) {
        auto letter = walk.next();
        if (!letter) return std::unexpected(letter.error());
        if (!*letter) return letters;
        letters.push_back(std::move(**letter));
    }
}

}  // namespace eventfwd

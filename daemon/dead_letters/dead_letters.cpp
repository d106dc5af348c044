#include "daemon/dead_letters/dead_letters.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <numeric>
#include <utility>

#include "daemon/dead_letters/letter_files.h"

namespace eventfwd {
namespace {

constexpr std::uint64_t kFilesAtOnce = 8;  // how finely the oldest letters go

// Whether CODE is of something that trying again does not change, as a file of another user.
bool is_obstacle(int code) {
    return code == EACCES || code == EPERM || code == EBUSY || code == EIO || code == EISDIR ||
           code == ELOOP || code == EINVAL;
}

}  // namespace

DeadLetters::DeadLetters(DeadLetterOptions options, FileSystem& files)
    : options_(std::move(options)), files_(files) {}

Result<> DeadLetters::keep(std::string_view lines, std::uint64_t count) {
    const std::lock_guard lock(mutex_);
    const auto appended = append(lines, count);
    if (appended) counts_.kept += count;
    return appended;
}

Result<> DeadLetters::keep_or_lose(std::string_view lines, std::uint64_t count) {
    const auto kept = keep(lines, count);
    const std::lock_guard lock(mutex_);
    if (!kept) counts_.lost += count;
    Result<> first;
    keeping_.note(kept, [&](const Error& error) { first = std::unexpected(error); });
    return first;
}

// Without the lock while it waits for the disk: inputs must not.
Result<> DeadLetters::sync() {
    std::vector<std::shared_ptr<File>> files;
    bool has_names = false;
    {
        const std::lock_guard lock(mutex_);
        files.swap(unsynced_);
        has_names = std::exchange(has_unsynced_names_, false);
    }
    Result<> synced = has_names ? files_.sync_directory(options_.path) : Result<>{};
    if (!synced && synced.error().code == ENOENT) synced = {};  // somebody has removed all of it
    for (const auto& file : files) {
        if (synced) synced = file->sync_data();
    }
    if (synced) return {};
    const std::lock_guard lock(mutex_);
    unsynced_.insert(unsynced_.begin(), files.begin(), files.end());
    has_unsynced_names_ |= has_names;
    return synced;
}

Result<> DeadLetters::scan() {
    if (is_scanned_) return {};
    if (auto made = files_.make_directories(options_.path); !made) return made;
    const auto firsts = list_letter_files(files_, options_.path);
    if (!firsts) return std::unexpected(firsts.error());
    existing_.clear();
    for (const std::uint64_t first : *firsts) {
        const auto file = look_at(first);
        if (!file) return std::unexpected(file.error());
        existing_.push_back(*file);
    }
    is_scanned_ = true;
    return {};
}

// One that cannot be read, of another user, say, only keeps its numbers.
Result<DeadLetters::LetterFile> DeadLetters::look_at(std::uint64_t first) {
    const std::string path = letter_file(options_.path, first);
    const auto text = read_whole_file(files_, path);
    if (text) {
        const auto letters = static_cast<std::uint64_t>(std::ranges::count(*text, '\n'));
        return LetterFile{first, letters, text->size()};
    }
    const auto status = files_.status(path);
    if (!status || !is_obstacle(text.error().code)) return std::unexpected(text.error());
    upkeep_ = std::unexpected(text.error());
    return LetterFile{first, status->size, status->size, false};
}

Result<> DeadLetters::append(std::string_view lines, std::uint64_t count) {
    if (is_file_gone()) {  // somebody has removed it: what comes begins anew where it was
        file_.reset();
        is_scanned_ = false;
    }
    if (auto scanned = scan(); !scanned) return scanned;
    const std::uint64_t file_bytes_max =
        std::max<std::uint64_t>(1, options_.bytes_max / kFilesAtOnce);
    if (file_ == nullptr || existing_.back().bytes + lines.size() > file_bytes_max) {
        if (auto opened = open_next(); !opened) return opened;
    }
    make_room(lines.size());
    iovec part = as_iovec(lines);
    if (auto written = write_all_at(*file_, existing_.back().bytes, {&part, 1}); !written) {
        // What is there of them must not end up behind the next ones.
        if (!file_->truncate(existing_.back().bytes)) file_.reset();
        return written;
    }
    existing_.back().bytes += lines.size();
    existing_.back().count += count;
    if (unsynced_.empty() || unsynced_.back() != file_) unsynced_.push_back(file_);
    // Where nobody syncs, those that have expired must not stay open.
    if (unsynced_.size() > kFilesAtOnce + 1) unsynced_.erase(unsynced_.begin());
    return {};
}

bool DeadLetters::is_file_gone() const {
    if (file_ == nullptr) return false;
    const auto there = files_.status(letter_file(options_.path, existing_.back().first));
    const auto ours = file_->status();
    return ours && (there ? there->inode != ours->inode : there.error().code == ENOENT);
}

Result<> DeadLetters::open_next() {
    std::uint64_t first = existing_.empty() ? 1 : existing_.back().first + existing_.back().count;
    // Left by files that somebody removed, it would speak of other letters. One that stays takes no
    // more than its number away.
    for (int left = kFilesAtOnce; left > 0; --left) {
        const auto removed = remove_resolved(files_, options_.path, first);
        if (removed) break;
        if (left == 1 || !is_obstacle(removed.error().code)) return removed;
        upkeep_ = removed;
        ++first;
    }
    auto file = files_.open(letter_file(options_.path, first), OpenMode::replace);
    if (!file) return std::unexpected(file.error());
    file_ = std::move(*file);
    has_unsynced_names_ = true;
    if (existing_.empty() || existing_.back().first != first) existing_.emplace_back();
    existing_.back() = {first, 0, 0};
    return {};
}

// The oldest that can be removed go; where none can, the letters take more room than they should.
void DeadLetters::make_room(std::uint64_t bytes) {
    const auto total = [this] {
        return std::accumulate(
            existing_.begin(), existing_.end(), std::uint64_t{0},
            [](std::uint64_t sum, const LetterFile& file) { return sum + file.bytes; });
    };
    if (total() + bytes <= options_.bytes_max) return;
    Result<> removed;
    for (std::size_t at = 0; at + 1 < existing_.size() && total() + bytes > options_.bytes_max;) {
        const LetterFile oldest = existing_[at];
        const auto resolved = read_resolved(files_, options_.path, oldest.first);
        const auto done = remove(existing_.begin() + static_cast<std::ptrdiff_t>(at));
        if (!done) removed = done;
        const bool is_gone = existing_[at].first != oldest.first;
        if (!is_gone) {
            ++at;
        } else if (oldest.is_readable) {
            counts_.expired += oldest.count - (resolved ? resolved->count() : 0);
        }
    }
    upkeep_ = removed;
}

Result<> DeadLetters::remove(std::vector<LetterFile>::iterator file) {
    const std::uint64_t first = file->first;
    const auto removed = files_.unlink(letter_file(options_.path, first));
    if (!removed && removed.error().code != ENOENT) return removed;
    existing_.erase(file);
    return remove_resolved(files_, options_.path, first);
}

Result<> DeadLetters::mark_resolved(const NumberRanges& numbers) {
    const std::lock_guard lock(mutex_);
    if (auto scanned = scan(); !scanned) return scanned;
    Result<> failed;
    for (auto file = existing_.begin(); file != existing_.end();) {
        const std::uint64_t first = file->first;
        const auto marked = mark(*file, numbers);
        if (!marked) {
            failed = std::unexpected(marked.error());
            ++file;
            continue;
        }
        // Without the newest the numbers would begin anew.
        const bool is_done = *marked == file->count && std::next(file) != existing_.end();
        if (is_done) {
            if (auto removed = remove(file); !removed) upkeep_ = removed;
            file = std::ranges::upper_bound(existing_, first, {}, &LetterFile::first);
        } else {
            ++file;
        }
    }
    return failed;
}

// How many letters of FILE are resolved, with those of NUMBERS.
Result<std::uint64_t> DeadLetters::mark(const LetterFile& file, const NumberRanges& numbers) {
    const NumberRanges meant = file.count == 0 || !file.is_readable
                                   ? NumberRanges{}
                                   : numbers.within({file.first, file.first + file.count - 1});
    if (meant.empty()) return 0;
    auto resolved = read_resolved(files_, options_.path, file.first);
    if (!resolved) return std::unexpected(resolved.error());
    const std::uint64_t before = resolved->count();
    for (const auto& [first, last] : meant.all())
        resolved->add({first, last});
    const std::uint64_t fresh = resolved->count() - before;
    if (fresh > 0) {
        auto written = write_resolved(files_, options_.path, file.first, meant);
        if (!written) return std::unexpected(written.error());
    }
    counts_.retried += fresh;
    return resolved->count();
}

void DeadLetters::go_on_counting(const Counts& before) {
    const std::lock_guard lock(mutex_);
    counts_ = before;
}

Result<> DeadLetters::upkeep() const {
    const std::lock_guard lock(mutex_);
    return upkeep_;
}

DeadLetters::Counts DeadLetters::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
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

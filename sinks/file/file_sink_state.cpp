// What a cursor is saved with, and what the next life makes of it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sinks/file/file_sink.h"

namespace eventfwd {
namespace {

constexpr std::uint64_t kReadBytes = 256 << 10;  // at once

}  // namespace

// Its instant is by the wall clock as that is set now.
FileSink::Known FileSink::known_of(const OutputFile& file) const {
    const Instant created = clock_.now() - age_of(file);
    return {file.committed(), file.inode(),
            static_cast<std::uint64_t>(created.time_since_epoch().count())};
}

void FileSink::save_state(Record& cursor) const {
    cursor.add("path", options_.path);
    const auto add = [&cursor](const std::string& below, const Known& known) {
        cursor.add("file",
                   fmt::format("{} {} {} {}", known.length, known.inode, known.created, below));
    };
    for (const auto& [below, known] : known_)
        add(below, known);
    for (const auto& [below, target] : targets_) {
        if (target.file) add(below, known_of(*target.file));
        if (target.closed) add(below, target.closed->known);
    }
}

void FileSink::restore_state(const Record& cursor) {
    for (const std::string_view text : cursor.all("file")) {
        Known known;
        const char* at = text.data();
        const char* const end = at + text.size();
        for (std::uint64_t* number : {&known.length, &known.inode, &known.created}) {
            at = std::from_chars(at, end, *number).ptr;
            if (at != end) ++at;
        }
        const std::string below(at, end);
        known_[below] = known;
    }
    const auto path = cursor.text("path");
    if (path && *path != options_.path) leave_files_of(std::string(*path));
    forget_needless();
}

// The files are those of another PATH, and the lines in them that the cursor does not vouch for
// come again in other files.
void FileSink::leave_files_of(const std::string& path) {
    const auto known = std::exchange(known_, {});
    const auto other = PathTemplate::parse(path);
    if (!other) return;
    for (const auto& [below, file] : known)
        in_doubt_ += lines_behind(other->root() + "/" + below, file);
}

// How many lines there are in the file at PATH behind KNOWN; none where it is another one by now.
std::size_t FileSink::lines_behind(const std::string& path, const Known& known) {
    const auto status = files_.status(path);
    if (!status || status->inode != known.inode || status->size <= known.length) return 0;
    const auto file = files_.open(path, OpenMode::read_named);
    if (!file) return 0;
    std::vector<char> bytes(std::min<std::uint64_t>(status->size - known.length, kReadBytes));
    std::size_t lines = 0;
    for (std::uint64_t at = known.length; at < status->size;) {
        const auto read = read_all_at(**file, at, bytes);
        if (!read || *read == 0) break;
        lines += static_cast<std::size_t>(
            std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*read), '\n'));
        at += *read;
    }
    return lines;
}

// A file that is gone or replaced holds nothing that could come again. Neither does one to which
// nothing was added; it is known for its age alone, until that is reached: else a cursor would come
// to list every file that a template has ever made.
void FileSink::forget_needless() {
    std::erase_if(known_, [this](const auto& entry) {
        const auto& [below, known] = entry;
        const auto status = files_.status(whole_path(below));
        const bool is_there = status && status->inode == known.inode;
        const bool is_young = age_of(known) < options_.rotate.age_max;
        return !is_there || (status->size <= known.length && !is_young);
    });
}

void FileSink::reopen() {
    for (Chores* const chores : {&rotating_, &tidying_, &accessing_})
        chores->retry_now();
    open_max_ = options_.open_files_max;
    if (!sync()) return;  // then a write will fail too, and be told
    for (auto& [below, target] : targets_) {
        if (!target.file || target.file->committed() != target.file->length()) continue;
        known_[below] = known_of(*target.file);
        target.file.reset();
        --open_count_;
    }
    forget_needless();
}

}  // namespace eventfwd

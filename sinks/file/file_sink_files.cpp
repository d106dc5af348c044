// The files of a sink: opened for a group of a batch, closed for the next one, rotated, tidied.
#include <fmt/format.h>

#include <algorithm>

#include "sinks/file/file_sink.h"
#include "sinks/file/path_matching.h"

namespace eventfwd {
namespace {

// Closed together where others need their place: each time all files are looked at.
constexpr std::size_t kCloseShare = 8;
// Left to others where the process has no more descriptors: a cursor is saved with one.
constexpr std::size_t kSpareDescriptors = 16;
// Directories that are tidied; beyond that no more are, for paths come from events, without an end.
constexpr std::size_t kTidiedMax = 10'000;

// Errors of a path made from an event that time does not heal: a directory, a link or a file where
// it leads, or a name that this file system does not take.
bool is_in_the_way(int code) {
    return code == EISDIR || code == ELOOP || code == ENOTDIR || code == ENAMETOOLONG ||
           code == EXDEV || code == ENXIO || code == EINVAL || code == EILSEQ;
}

bool is_gone(int code) {
    return code == ENOENT || code == ENOTDIR;
}

}  // namespace

// Opens files for lines that wait, for all or as many as may be open; the cursor knows each of them
// before its first line is written.
Result<> FileSink::prepare_files(Checkpoint& checkpoint) {
    // What is opened can turn out to be due, and its path is opened once more then.
    for (int look = 0; look < 2; ++look) {
        if (auto left = leave_moved_and_full_files(checkpoint); !left) return left;
        const auto opened = open_files();
        if (!opened) return std::unexpected(opened.error());
        if (!*opened) break;
    }
    const Result<> saved = has_new_files_ ? checkpoint.save() : Result<>{};
    if (saved) has_new_files_ = false;
    return saved;
}

// True where it has opened any.
Result<bool> FileSink::open_files() {
    bool has_opened = false;
    for (auto at = targets_.begin(); at != targets_.end(); ++at) {
        auto& [below, target] = *at;
        if (!is_waiting(target) || target.file) continue;
        if (open_count_ >= open_max_ && !makes_room()) return has_opened;
        auto opened = open_target(below, target);
        while (!opened && is_out_of_descriptors(opened.error().code) && open_count_ > 1) {
            open_max_ = open_count_ - std::min(kSpareDescriptors, open_count_ / 2);
            close_down_to(open_max_, true);
            if (open_count_ > open_max_) break;  // what cannot be synced stays open
            if (!makes_room()) return true;
            opened = open_target(below, target);
        }
        if (!opened && !path_.is_fixed() && is_in_the_way(opened.error().code)) {
            // But a root that cannot be is the configuration's fault, and no event's.
            if (auto root = files_.make_directories(path_.root()); !root) {
                return std::unexpected(root.error());
            }
            target.refusal = opened.error().message;
            continue;
        }
        if (!opened) return std::unexpected(opened.error());
        has_opened = true;
    }
    return has_opened;
}

// Whether one more file may be open, for which the least used of those go that nothing waits for.
bool FileSink::makes_room() {
    if (open_count_ < open_max_) return true;
    close_down_to(open_max_ - std::max<std::size_t>(1, open_max_ / kCloseShare), false);
    return open_count_ < open_max_;
}

// Closes the least used files until no more than COUNT are open; those that lines wait for only
// WITH_WAITING, and last.
void FileSink::close_down_to(std::size_t count, bool with_waiting) {
    std::vector<Target*> open;
    for (auto& [below, target] : targets_) {
        if (target.file && (with_waiting || !is_waiting(target))) open.push_back(&target);
    }
    std::ranges::sort(open, {}, [this](const Target* target) {
        return std::pair(is_waiting(*target), target->last_used);
    });
    for (Target* const target : open) {
        if (open_count_ <= count) return;
        close(*target);
    }
}

// What the next cursor vouches for is durable before the file goes; if it cannot be made so now,
// the file stays open until it can.
bool FileSink::close(Target& target) {
    if (!target.file->sync()) return false;
    const OutputFile& file = *target.file;
    target.closed = Closed{known_of(file), file.covered(), file.length()};
    target.file.reset();
    --open_count_;
    return true;
}

Result<> FileSink::open_target(const std::string& below, Target& target) {
    auto file = open_file(below);
    if (!file) return std::unexpected(file.error());
    const auto status = (*file)->status();
    if (!status) return std::unexpected(status.error());
    if (!status->is_regular) {
        return failure(fmt::format("write to {}: it is no regular file", whole_path(below)), ENXIO);
    }
    if (target.closed) known_[below] = target.closed->known;
    const auto known = known_.find(below);
    const bool is_known = known != known_.end() && known->second.inode == status->inode;
    if (is_known && status->size < known->second.length)
        probe_.met_foreign_bytes(whole_path(below));
    const std::uint64_t committed = is_known ? known->second.length : status->size;
    const auto age = is_known ? age_of(known->second) : std::chrono::microseconds(0);
    if (known != known_.end()) known_.erase(known);
    target.closed.reset();
    target.file.emplace(std::move(*file), *status, committed, clock_.steady_now() - age);
    ++open_count_;
    has_new_files_ = true;
    if (status->size == 0) set_access(whole_path(below), *target.file);
    tidy(below);
    return {};
}

Result<std::unique_ptr<File>> FileSink::open_file(const std::string& below) {
    if (path_.is_fixed()) {
        auto real = files_.real_path(whole_path(below));
        if (!real) return std::unexpected(real.error());
        real_path_ = std::move(*real);
    }
    const auto open = [&] {
        return path_.is_fixed() ? files_.open(real_path_, OpenMode::append_or_make, options_.mode)
                                : files_.open_beneath(path_.root(), below, OpenMode::append_or_make,
                                                      options_.mode);
    };
    auto file = open();
    if (file || file.error().code != ENOENT) return file;
    if (auto made = files_.make_directories(parent_path(file_path(below))); !made) {
        return std::unexpected(made.error());
    }
    return open();
}

void FileSink::set_access(const std::string& path, OutputFile& file) {
    accessing_.note(path, file.set_access(options_.mode, options_.group));
}

// Lets go of files that are no more where their path leads, and rotates those that are due. The
// cursor is saved before: from then on it vouches for all of their lines.
Result<> FileSink::leave_moved_and_full_files(Checkpoint& checkpoint) {
    struct Leaving {
        const std::string* below;
        Target* target;
        bool is_moved;
    };
    std::vector<Leaving> leaving;
    for (auto& [below, target] : targets_) {
        if (!is_waiting(target) || !target.file) continue;
        const auto status = files_.status(whole_path(below));
        if (!status && !is_gone(status.error().code)) return std::unexpected(status.error());
        const bool is_moved = !status || !target.file->is(*status);
        if (!is_moved && target.file->notice_length(status->size)) {
            probe_.met_foreign_bytes(whole_path(below));
        }
        const bool is_too_large = !is_moved && target.file->is_too_large();
        if (is_too_large) {
            if (auto taken = target.file->take_back(); !taken) return taken;
        }
        const bool is_settled = target.file->committed() == target.file->length();
        const bool is_due =
            is_settled && ((is_too_large && target.file->length() > 0) ||
                           is_rotation_due(options_.rotate, target.file->length(), target.bytes,
                                           age_of(*target.file)));
        if (is_moved || (is_due && rotating_.may_try(whole_path(below)))) {
            leaving.push_back({&below, &target, is_moved});
        } else if (accessing_.must_retry(whole_path(below))) {
            set_access(whole_path(below), *target.file);
        }
    }
    if (leaving.empty()) return {};
    const Result<> saved = checkpoint.save();
    for (const auto& [below, target, is_moved] : leaving) {
        if (is_moved) {
            if (!saved) return saved;
            probe_.found_elsewhere(whole_path(*below));
        } else {
            const Result<> rotated = saved ? rotate_file(file_path(*below)) : saved;
            rotating_.note(whole_path(*below), rotated);
            if (!rotated) continue;  // it grows on
            probe_.rotated(whole_path(*below));
        }
        target->file.reset();
        --open_count_;
        known_.erase(*below);
    }
    return {};
}

Result<> FileSink::rotate_file(const std::string& path) {
    const std::string directory = parent_path(path);
    const std::string name = path.substr(path.rfind('/') + 1);
    const Rotated rotated = rotate(files_, directory, name, options_.rotate, clock_.now());
    if (!rotated.renamed) return rotated.renamed;
    Result<> tidied = rotated.tidied;
    if (compressor_ != nullptr) {
        const auto names = files_to_compress(files_, directory, name);
        if (names) compress(directory, *names);
        if (tidied && !names) tidied = std::unexpected(names.error());
    }
    tidying_.note(path, tidied);
    return {};
}

// What compressing has left in the directory of BELOW, once for each directory: an earlier life may
// have been killed.
void FileSink::tidy(const std::string& below) {
    const std::string directory = parent_path(file_path(below));
    if (tidied_.contains(directory) || tidied_.size() >= kTidiedMax) return;
    tidied_.insert(directory);
    const std::string prefix = below.substr(0, below.rfind('/') + 1);
    const std::string own_name = file_path(below).substr(directory.size() + 1);
    const auto unfinished = find_unfinished(files_, directory, [&](const std::string& name) {
        return path_.is_fixed() ? name == own_name : can_make(path_, prefix + name);
    });
    Result<> tidied;
    if (!unfinished) {
        tidied = std::unexpected(unfinished.error());
    } else {
        for (const std::string& part : unfinished->parts) {
            auto removed = files_.unlink(directory + "/" + part);
            if (!removed && removed.error().code != ENOENT) tidied = removed;
        }
        if (compressor_ != nullptr) compress(directory, unfinished->uncompressed);
    }
    tidying_.note(directory, tidied);
}

void FileSink::compress(const std::string& directory, const std::vector<std::string>& names) {
    for (const std::string& name : names)
        compressor_->add(directory + "/" + name);
}

}  // namespace eventfwd

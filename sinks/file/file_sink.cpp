#include "sinks/file/file_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace eventfwd {
namespace {

constexpr std::uint64_t kReadBytes = 256 << 10;  // at once

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

Result<std::unique_ptr<FileSink>> FileSink::make(const FileSinkOptions& options, FileSystem& files,
                                                 const Clock& clock, FileSinkProbe& probe) {
    auto path = PathTemplate::parse(options.path);
    if (!path) return std::unexpected(path.error());
    return std::unique_ptr<FileSink>(new FileSink(options, std::move(*path), files, clock, probe));
}

FileSink::FileSink(const FileSinkOptions& options, PathTemplate path, FileSystem& files,
                   const Clock& clock, FileSinkProbe& probe)
    : options_(options), path_(std::move(path)), files_(files), clock_(clock), probe_(probe) {
    if (options_.rotate.compress == Compression::none) return;
    const CompressOptions compress{options_.rotate.compress, options_.mode, options_.group};
    compressor_ = std::make_unique<Compressor>(
        compress, files_, [this](const std::string& path_of_file, const Error& error) {
            probe_.not_compressed(path_of_file, error);
        });
}

boost::asio::awaitable<Outcome> FileSink::send(const Batch& batch, Checkpoint& checkpoint) {
    const auto delivered = deliver(batch, checkpoint);
    Outcome outcome =
        delivered ? Outcome::delivered() : Outcome::try_again(delivered.error().message);
    if (delivered) outcome.refused = refused_lines(batch);
    outcome.in_doubt = std::exchange(in_doubt_, 0);
    co_return outcome;
}

// The lines of the batch whose path leads over something that is in the way for good.
std::vector<RefusedLine> FileSink::refused_lines(const Batch& batch) {
    std::vector<RefusedLine> refused;
    const auto is_refused = [this](const auto& entry) {
        return is_in_batch(entry.second) && !entry.second.refusal.empty();
    };
    if (std::ranges::none_of(targets_, is_refused)) return refused;
    LineWalk sources(batch.sources);
    for (std::size_t index = 0; index < batch.count; ++index) {
        const Target& target = target_of(sources.next());
        if (!target.refusal.empty()) refused.push_back({index, "bad_path", target.refusal});
    }
    return refused;
}

Result<> FileSink::deliver(const Batch& batch, Checkpoint& checkpoint) {
    ++batch_;
    distribute(batch);
    if (auto left = leave_moved_and_full_files(checkpoint); !left) return left;
    if (auto opened = open_files(checkpoint); !opened) return opened;
    for (auto& [below, target] : targets_) {
        if (!is_in_batch(target) || !target.file) continue;
        const OutputFile::Written written = target.file->write(target.parts);
        if (written.met_foreign_bytes) {
            probe_.met_foreign_bytes(whole_path(below));
            in_doubt_ += batch.count;
        }
        if (!written.result) return written.result;
    }
    return {};
}

void FileSink::settle() {
    for (auto& [below, target] : targets_) {
        if (is_in_batch(target) && target.file) target.file->commit();
    }
    close_least_used();
}

// Gives each target its lines of the batch, neighbours in one part.
void FileSink::distribute(const Batch& batch) {
    const auto add = [this](Target& target, std::string_view lines) {
        if (!is_in_batch(target)) {
            target.last_used = batch_;
            target.parts.clear();
            target.bytes = 0;
        }
        target.bytes += lines.size();
        if (!target.parts.empty()) {
            std::string_view& last = target.parts.back();
            if (last.data() + last.size() == lines.data()) {
                last = {last.data(), last.size() + lines.size()};
                return;
            }
        }
        target.parts.push_back(lines);
    };
    if (path_.is_fixed()) {
        Target& target = targets_[path_.below_root({})];
        for (const LineRun& run : batch.runs)
            add(target, run.lines);
        return;
    }
    // The path is made from the event as it was journaled, whatever form it is written in.
    LineWalk sources(batch.sources);
    LineWalk lines(batch.runs);
    for (std::size_t left = batch.count; left > 0; --left)
        add(target_of(sources.next()), lines.next());
}

FileSink::Target& FileSink::target_of(std::string_view line) {
    const auto head = parser_.parse_head(line.substr(0, line.size() - 1));
    if (head) return targets_[path_.below_root(*head)];
    Event unreadable;  // no rendered line is; it must not end up among the others all the same
    unreadable.application = unreadable.event = "_";
    return targets_[path_.below_root(unreadable)];
}

// Lets go of files that are no more where their path leads, and rotates those that are due. The
// cursor is saved before: from then on it vouches for all of their lines.
Result<> FileSink::leave_moved_and_full_files(Checkpoint& checkpoint) {
    for (auto& [below, target] : targets_) {
        if (!is_in_batch(target) || !target.file) continue;
        const auto status = files_.status(whole_path(below));
        if (!status && !is_gone(status.error().code)) return std::unexpected(status.error());
        const bool moved = !status || status->inode != target.file->inode();
        if (!moved && target.file->notice_length(status->size)) {
            probe_.met_foreign_bytes(whole_path(below));
        }
        const bool settled = target.file->committed() == target.file->length();
        const bool due =
            settled && is_rotation_due(options_.rotate, target.file->length(), target.bytes,
                                       target.file->created(), clock_.now());
        if (!moved && !due) continue;
        if (auto saved = checkpoint.save(); !saved) return saved;
        if (moved) {
            probe_.found_elsewhere(whole_path(below));
        } else {
            if (auto rotated = rotate_file(whole_path(below)); !rotated) return rotated;
        }
        target.file.reset();
        known_.erase(below);
    }
    return {};
}

Result<> FileSink::rotate_file(const std::string& path) {
    const std::string directory = parent_path(path);
    const std::string name = path.substr(directory.size() + 1);
    if (auto rotated = rotate(files_, directory, name, options_.rotate, clock_.now()); !rotated) {
        return rotated;
    }
    probe_.rotated(path);
    if (compressor_ == nullptr) return {};
    const auto names = files_to_compress(files_, directory, name);
    if (!names) return std::unexpected(names.error());
    for (const std::string& each : *names)
        compressor_->add(directory + "/" + each);
    return {};
}

// Opens what the batch needs; the cursor knows every file before its first line is written.
Result<> FileSink::open_files(Checkpoint& checkpoint) {
    bool has_new = false;
    for (auto& [below, target] : targets_) {
        if (!is_in_batch(target) || target.file) continue;
        target.refusal.clear();
        const auto opened = open_target(below, target);
        if (!opened && !path_.is_fixed() && is_in_the_way(opened.error().code)) {
            // But a root that cannot be is the configuration's fault, and no event's.
            if (auto root = files_.make_directories(path_.root()); !root) return root;
            target.refusal = opened.error().message;
            continue;
        }
        if (!opened) return opened;
        has_new = true;
    }
    return has_new ? checkpoint.save() : Result<>{};
}

Result<> FileSink::open_target(const std::string& below, Target& target) {
    auto file = open_file(below);
    if (!file) return std::unexpected(file.error());
    const auto status = (*file)->status();
    if (!status) return std::unexpected(status.error());
    if (!status->is_regular) {
        return failure(fmt::format("write to {}: it is no regular file", whole_path(below)), ENXIO);
    }
    if (status->size == 0) {
        if (auto set = (*file)->set_access(options_.mode, options_.group); !set) return set;
    }
    const auto known = known_.find(below);
    const bool is_known = known != known_.end() && known->second.inode == status->inode;
    if (is_known && status->size < known->second.length)
        probe_.met_foreign_bytes(whole_path(below));
    const std::uint64_t committed = is_known ? known->second.length : status->size;
    const Instant created = is_known ? created_at(known->second) : clock_.now();
    if (known != known_.end()) known_.erase(known);
    target.file.emplace(std::move(*file), *status, committed, created);
    return {};
}

Result<std::unique_ptr<File>> FileSink::open_file(const std::string& below) {
    const auto open = [&] {
        return path_.is_fixed()
                   ? files_.open(whole_path(below), OpenMode::append_or_make, options_.mode)
                   : files_.open_beneath(path_.root(), below, OpenMode::append_or_make,
                                         options_.mode);
    };
    auto file = open();
    if (file || file.error().code != ENOENT) return file;
    if (auto made = files_.make_directories(parent_path(whole_path(below))); !made) {
        return std::unexpected(made.error());
    }
    return open();
}

void FileSink::close_least_used() {
    const auto age = [](const auto& entry) {
        // One with lines behind its committed length is needed to recognise them when they come.
        const auto& file = entry.second.file;
        const bool is_needed = file && file->committed() < file->length();
        return std::pair(is_needed, entry.second.last_used);
    };
    while (targets_.size() > options_.open_files_max) {
        const auto oldest = std::ranges::min_element(targets_, {}, age);
        if (age(*oldest).first) return;
        // What the next cursor vouches for has to be durable first; if it cannot be made so now,
        // the file stays open until it can.
        if (oldest->second.file && !oldest->second.file->sync()) return;
        targets_.erase(oldest);
    }
}

Result<> FileSink::sync() {
    for (auto& [below, target] : targets_) {
        if (!target.file) continue;
        if (auto synced = target.file->sync(); !synced) return synced;
    }
    return {};
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
        if (!target.file) continue;
        add(below, {target.file->committed(), target.file->inode(),
                    static_cast<std::uint64_t>(target.file->created().time_since_epoch().count())});
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
    const auto file = files_.open(path, OpenMode::read);
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
        const bool is_young = clock_.now() - created_at(known) < options_.rotate.age_max;
        return !is_there || (status->size <= known.length && !is_young);
    });
}

void FileSink::reopen() {
    if (!sync()) return;  // then a write will fail too, and be told
    for (auto& [below, target] : targets_) {
        if (!target.file || target.file->committed() != target.file->length()) continue;
        known_[below] = {
            target.file->committed(), target.file->inode(),
            static_cast<std::uint64_t>(target.file->created().time_since_epoch().count())};
        target.file.reset();
    }
    forget_needless();
}

}  // namespace eventfwd

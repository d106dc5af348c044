#include "sinks/file/file_sink.h"

#include <fmt/format.h>

#include <algorithm>

namespace eventfwd {

Result<std::unique_ptr<FileSink>> FileSink::make(const FileSinkOptions& options, FileSystem& files,
                                                 const Clock& clock, FileSinkProbe& probe) {
    auto path = PathTemplate::parse(options.path);
    if (!path) return std::unexpected(path.error());
    return std::unique_ptr<FileSink>(new FileSink(options, std::move(*path), files, clock, probe));
}

FileSink::FileSink(const FileSinkOptions& options, PathTemplate path, FileSystem& files,
                   const Clock& clock, FileSinkProbe& probe)
    : options_(options),
      path_(std::move(path)),
      files_(files),
      clock_(clock),
      probe_(probe),
      open_max_(options.open_files_max),
      rotating_("rotated", options.chore_interval, probe),
      tidying_("rid of its old files", options.chore_interval, probe),
      accessing_("given its mode and group", options.chore_interval, probe) {
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
    auto written = write_batch(batch, checkpoint);
    // A file that must not become larger is rotated, and the rest of the batch goes into the next.
    if (!written && written.error().code == EFBIG) written = write_batch(batch, checkpoint);
    return written;
}

Result<> FileSink::write_batch(const Batch& batch, Checkpoint& checkpoint) {
    // All of its files at once, where they may be open together.
    while (has_waiting()) {
        if (auto prepared = prepare_files(checkpoint); !prepared) return prepared;
        const auto written = write_files(batch.count);
        if (!written) return std::unexpected(written.error());
        if (!*written && has_waiting()) {
            return failure(
                fmt::format("write to {}: no open file can be closed for another", options_.path),
                EMFILE);
        }
    }
    return {};
}

bool FileSink::has_waiting() const {
    return std::ranges::any_of(targets_,
                               [this](const auto& entry) { return is_waiting(entry.second); });
}

// Writes what the files that are open wait for; true where there was any. LINES are in the whole
// batch.
Result<bool> FileSink::write_files(std::size_t lines) {
    bool has_written = false;
    for (auto& [below, target] : targets_) {
        if (!is_waiting(target) || !target.file) continue;
        const OutputFile::Written written = target.file->write(target.parts);
        if (written.met_foreign_bytes) {
            probe_.met_foreign_bytes(whole_path(below));
            in_doubt_ += lines;
        }
        if (!written.result) return std::unexpected(written.result.error());
        target.is_written = has_written = true;
    }
    return has_written;
}

// Targets without a file are forgotten, but for what must be recognised when it comes again.
void FileSink::settle() {
    for (auto at = targets_.begin(); at != targets_.end();) {
        auto& [below, target] = *at;
        if (is_in_batch(target) && target.file) target.file->commit();
        if (target.closed) {
            Closed& closed = *target.closed;
            if (is_in_batch(target)) closed.known.length = closed.covered;
            if (closed.known.length < closed.length) known_[below] = closed.known;
        }
        at = target.file ? std::next(at) : targets_.erase(at);
    }
}

// Gives each target its lines of the batch, neighbours in one part.
void FileSink::distribute(const Batch& batch) {
    const auto add = [this](Target& target, std::string_view lines) {
        if (!is_in_batch(target)) {
            target.last_used = batch_;
            target.parts.clear();
            target.bytes = 0;
            target.is_written = false;
            target.refusal.clear();
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

Result<> FileSink::sync() {
    for (auto& [below, target] : targets_) {
        if (!target.file) continue;
        if (auto synced = target.file->sync(); !synced) return synced;
    }
    return {};
}

}  // namespace eventfwd

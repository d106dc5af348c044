#include "daemon/torture/torture_checker.h"

#include <fmt/format.h>

#include <algorithm>

#include "journal/verify.h"
#include "sinks/file/rotation.h"

namespace eventfwd {
namespace {

// The beginning of LINE, as far as a person wants to see it.
std::string excerpt(std::string_view line) {
    constexpr std::size_t kShown = 60;
    std::string text;
    for (const char byte : line.substr(0, kShown))
        text += byte >= ' ' && byte <= '~' ? byte : '?';
    return line.size() > kShown ? text + "…" : text;
}

}  // namespace

TortureChecker::TortureChecker(const TortureOptions& options, FileSystem& files)
    : options_(options), files_(files), lines_(options.seed) {}

// The event with NUMBER, until the next call; empty where nobody was to make one.
const std::string& TortureChecker::expected_line(std::uint64_t number) {
    expected_.clear();
    const auto after = lives_.upper_bound(number);
    if (after != lives_.begin()) lines_.append(std::prev(after)->second, number, expected_);
    return expected_;
}

void TortureChecker::hear(std::uint32_t life, const LoaderMessage& message) {
    if (message.kind == LoaderMessage::Kind::opened) {
        if (message.first != journaled_ + 1) {
            fault(fmt::format("life {}: the journal ended at event {} and numbering goes on at {}",
                              life, journaled_, message.first));
        }
        lives_[message.first] = life;
        return;
    }
    const std::uint64_t expected = std::max(acknowledged_, journaled_) + 1;
    if (message.first != expected || message.last < message.first) {
        fault(fmt::format("life {}: numbers {} to {} were given to an append where {} was next",
                          life, message.first, message.last, expected));
    }
    acknowledged_ = std::max(acknowledged_, message.last);
    synced_ = std::max(synced_, message.synced);
    if (synced_ > acknowledged_) {
        fault(fmt::format("life {}: events up to {} are said to be synced, where {} is the last",
                          life, synced_, acknowledged_));
    }
}

void TortureChecker::check(bool is_last) {
    if (faults_.empty()) check_journal();
    if (faults_.empty()) check_delivered(is_last);
}

void TortureChecker::check_journal() {
    const std::string path = torture_journal_options(options_).path;
    const auto report = verify_journal(
        files_, path, {},
        [this](const std::string& segment, const Frame& frame) { check_frame(segment, frame); });
    if (!report) {
        // A first life that was killed before it had begun one leaves none, and promised nothing.
        if (report.error().code != ENOENT || acknowledged_ > 0) fault(report.error().message);
        return;
    }
    for (const Finding& finding : report->findings) {
        // Nothing but the state is written in the first instants of the first life.
        if (finding.file == "state" && acknowledged_ == 0) continue;
        fault(fmt::format("{}/{}", path, describe(finding)));
    }
    torn_tails_ += report->unfinished_bytes > 0 ? 1 : 0;
    const std::uint64_t end = std::max<std::uint64_t>(report->next_number, 1) - 1;
    if (end < acknowledged_) {
        fault(fmt::format("{}: events {} to {} were acknowledged and are gone", path, end + 1,
                          acknowledged_));
    }
    journaled_ = std::max(journaled_, end);
}

void TortureChecker::check_frame(const std::string& segment, const Frame& frame) {
    // The file has shown these to be right, and the checksum that they still are.
    if (frame.header.end_sequence() <= delivered_ + 1) return;
    std::string_view rest = frame.lines;
    for (std::uint64_t number = frame.header.first_sequence;
         number < frame.header.end_sequence() && !rest.empty(); ++number) {
        const std::string_view line = rest.substr(0, rest.find('\n') + 1);
        rest.remove_prefix(line.size());
        if (line == expected_line(number) || !faults_.empty()) continue;
        fault(fmt::format("{}/journal/{}, frame at byte {}: event {} is not what was appended: {}",
                          options_.directory, segment, frame.offset, number, excerpt(line)));
    }
}

// Rotated files, oldest first, then the one that is being written. What has been checked and will
// never be written again goes, so that a long run does not fill the disk.
void TortureChecker::check_delivered(bool is_last) {
    const std::string directory = torture_output_directory(options_.directory);
    auto names = rotated_files(files_, directory, kTortureOutputName);
    if (!names && names.error().code != ENOENT) return fault(names.error().message);
    for (const std::string& name : names.value_or(std::vector<std::string>{})) {
        const std::string path = directory + "/" + name;
        const auto text = read_whole_file(files_, path);
        if (!text) return fault(text.error().message);
        check_lines(path, *text, live_bytes_);
        if (faults_.empty() && live_bytes_ < text->size()) {
            fault(fmt::format("{}: byte {}: the last line was never completed", path, live_bytes_));
        }
        if (!faults_.empty()) return;
        if (auto removed = files_.unlink(path); !removed) return fault(removed.error().message);
        live_bytes_ = 0;
    }
    const std::string path = directory + "/" + kTortureOutputName;
    const auto text = read_whole_file(files_, path);
    if (!text && text.error().code != ENOENT) return fault(text.error().message);
    if (text) {
        check_lines(path, *text, live_bytes_);
        if (!faults_.empty()) return;
        // The kill may have come within a line, which the next life completes.
        const std::string& next = expected_line(delivered_ + 1);
        const std::string_view tail = std::string_view(*text).substr(live_bytes_);
        if (!next.starts_with(tail) || (is_last && !tail.empty())) {
            fault(fmt::format("{}, byte {}: half a line that is not event {}: {}", path,
                              live_bytes_, delivered_ + 1, excerpt(tail)));
        }
    }
    if (delivered_ > journaled_) {
        fault(fmt::format("{}: delivered up to event {}, where the journal ends at {}", path,
                          delivered_, journaled_));
    }
    if (is_last && delivered_ < journaled_) {
        fault(fmt::format("{}: events {} to {} were never delivered", path, delivered_ + 1,
                          journaled_));
    }
}

// The whole lines of TEXT from OFFSET on are the next events.
void TortureChecker::check_lines(const std::string& file, std::string_view text,
                                 std::uint64_t offset) {
    live_bytes_ = offset;
    if (offset > text.size()) {
        return fault(
            fmt::format("{}: has {} bytes, where {} were found before", file, text.size(), offset));
    }
    for (std::size_t end; (end = text.find('\n', live_bytes_)) != std::string_view::npos;) {
        const std::string_view line = text.substr(live_bytes_, end + 1 - live_bytes_);
        if (line != expected_line(delivered_ + 1)) {
            return fault(fmt::format("{}, byte {}: expected event {}, found: {}", file, live_bytes_,
                                     delivered_ + 1, excerpt(line)));
        }
        ++delivered_;
        live_bytes_ = end + 1;
    }
}

}  // namespace eventfwd

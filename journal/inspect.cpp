#include "journal/inspect.h"

#include <algorithm>

#include "journal/cursor_store.h"
#include "journal/frame_walk.h"
#include "journal/journal_state.h"

namespace eventfwd {
namespace {

Result<SegmentReport> inspect_segment(FileSystem& files, const std::string& directory,
                                      const Segment& segment) {
    SegmentReport report;
    report.segment = segment;
    const auto file = files.open(segment_path(directory, segment.number), OpenMode::read);
    if (!file) return std::unexpected(file.error());
    const auto take = [&](const Frame& frame) {
        ++report.frames;
        report.events += frame.header.count;
        report.last_sequence = frame.header.end_sequence() - 1;
    };
    const auto end = walk_frames(**file, segment.number, segment.bytes, take,
                                 [&](std::uint64_t begin, std::uint64_t damage_end) {
                                     report.damaged_bytes += damage_end - begin;
                                 });
    if (!end) return std::unexpected(end.error());
    const bool is_torn = end->why == FrameWalkEnd::Why::torn;
    (is_torn ? report.unfinished_bytes : report.damaged_bytes) += segment.bytes - end->offset;
    return report;
}

}  // namespace

Result<JournalReport> inspect_journal(FileSystem& files, const std::string& directory) {
    JournalReport report;
    if (const auto state = load_state(files, directory)) {
        report.id = to_text(state->id);
        report.ceiling = state->ceiling;
        report.lower_end = state->lower_end;
    } else {
        report.state_problem = state.error().message;
    }
    const auto catalog = SegmentCatalog::load(files, directory);
    if (!catalog) return std::unexpected(catalog.error());
    if (!report.state_problem.empty() && catalog->empty()) {
        return failure("inspect " + directory + ": there is no journal", ENOENT);
    }
    for (const Segment& segment : catalog->all()) {
        auto inspected = inspect_segment(files, directory, segment);
        if (!inspected) return std::unexpected(inspected.error());
        report.segments.push_back(*inspected);
    }
    auto names = files.list(directory + "/cursors").value_or(std::vector<std::string>{});
    std::ranges::sort(names);
    const CursorStore cursors(files, directory, report.id);
    for (const std::string& name : names) {
        if (name.ends_with(".new")) continue;
        const auto cursor = cursors.load(name);
        report.cursors.push_back({name, cursor ? cursor->number("sequence").value_or(0) : 0,
                                  cursor ? "" : cursor.error().message});
    }
    return report;
}

}  // namespace eventfwd

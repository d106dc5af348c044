#include "journal/numbers_between.h"

#include <algorithm>

#include "journal/frame_walk.h"

namespace eventfwd {
namespace {

// Whether frames of the segment AT may be of WINDOW: by when it and the next one were begun, and by
// what was appended in this life.
bool may_hold(const std::deque<Segment>& segments, std::size_t at, const TimeWindow& window) {
    const Segment& segment = segments[at];
    const bool is_last = at + 1 == segments.size();
    const Instant ended = is_last ? Instant::max() : segments[at + 1].created;
    const Instant low = std::min({segment.created, ended, segment.earliest});
    const Instant high = std::max({segment.created, ended, segment.latest});
    return high >= window.since && low < window.until;
}

// Calls ON_FRAME with the frames of SEGMENT that are of WINDOW, until it returns false.
template <class OnFrame>
Result<> walk_window(const JournalView& journal, const Segment& segment, const TimeWindow& window,
                     OnFrame&& on_frame) {
    const auto file = journal.open_segment(segment.number);
    if (!file) return std::unexpected(file.error());
    const auto walked = walk_frames(
        **file, segment.number, segment.bytes,
        [&](const Frame& frame) {
            return !window.contains(frame.header.instant) || on_frame(frame.header);
        },
        ignore_damage);
    if (!walked) return std::unexpected(walked.error());
    return {};
}

}  // namespace

Result<std::uint64_t> first_number_in(const JournalView& journal, const TimeWindow& window) {
    const JournalSnapshot now = journal.snapshot();
    const auto& segments = now.segments.all();
    std::uint64_t first = 0;
    for (std::size_t at = 0; at < segments.size(); ++at) {
        if (!may_hold(segments, at, window)) continue;
        const auto take_first = [&](const FrameHeader& header) {
            first = header.first_sequence;
            return false;
        };
        const auto walked = walk_window(journal, segments[at], window, take_first);
        if (!walked) return std::unexpected(walked.error());
        if (first != 0) return first;
    }
    return now.next_sequence;
}

Result<std::uint64_t> end_number_in(const JournalView& journal, const TimeWindow& window) {
    const JournalSnapshot now = journal.snapshot();
    const auto& segments = now.segments.all();
    std::uint64_t end = 0;
    for (std::size_t at = segments.size(); at-- > 0;) {
        if (!may_hold(segments, at, window)) continue;
        const auto take_last = [&](const FrameHeader& header) {
            end = header.end_sequence();
            return true;
        };
        const auto walked = walk_window(journal, segments[at], window, take_last);
        if (!walked) return std::unexpected(walked.error());
        if (end != 0) return end;
    }
    return 1;
}

}  // namespace eventfwd

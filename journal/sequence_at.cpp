#include "journal/sequence_at.h"

#include "journal/frame_walk.h"

namespace eventfwd {

Result<std::uint64_t> sequence_at(const JournalView& journal, Instant instant) {
    const JournalSnapshot now = journal.snapshot();
    const auto segment = now.segments.begun_by(instant);
    if (!segment) return now.next_sequence;
    const auto file = journal.open_segment(segment->number);
    if (!file) return std::unexpected(file.error());
    std::uint64_t found = 0;
    const auto take_first = [&](const Frame& frame) {
        if (frame.header.instant >= instant) found = frame.header.first_sequence;
        return found == 0;
    };
    const auto walked =
        walk_frames(**file, segment->number, segment->bytes, take_first, ignore_damage);
    if (!walked) return std::unexpected(walked.error());
    if (found != 0) return found;
    const auto next = now.segments.after(segment->number);
    return next ? next->first_sequence : now.next_sequence;
}

}  // namespace eventfwd

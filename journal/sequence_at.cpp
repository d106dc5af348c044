#include "journal/sequence_at.h"

#include "journal/frame_walk.h"

namespace eventfwd {

Result<std::uint64_t> sequence_at(const Journal& journal, Instant instant) {
    const JournalEnd end = journal.end();
    const auto segment = journal.segment_begun_by(instant);
    if (!segment) return end.next_sequence;
    const auto file =
        journal.files().open(segment_path(journal.path(), segment->number), OpenMode::read, 0);
    if (!file) return std::unexpected(file.error());
    const std::uint64_t limit = segment->number == end.segment_number
                                    ? end.offset
                                    : journal.readable_bytes(segment->number);
    std::uint64_t found = 0;
    const auto take_first = [&](const Frame& frame) {
        if (frame.header.instant >= instant) found = frame.header.first_sequence;
        return found == 0;
    };
    const auto walked = walk_frames(**file, segment->number, limit, take_first, ignore_damage);
    if (!walked) return std::unexpected(walked.error());
    if (found != 0) return found;
    const auto next = journal.segment_after(segment->number);
    return next ? next->first_sequence : end.next_sequence;
}

}  // namespace eventfwd

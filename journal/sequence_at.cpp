#include "journal/sequence_at.h"

#include "journal/frame_scanner.h"

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
    FrameScanner scanner(**file, segment->number, kSegmentHeaderBytes);
    while (true) {
        const auto found = scanner.next(limit);
        if (!found) return std::unexpected(found.error());
        if (*found == FrameScanner::Found::damage) continue;
        if (*found != FrameScanner::Found::frame) break;
        const FrameHeader& header = scanner.frame().header;
        if (header.instant >= instant) return header.first_sequence;
    }
    const auto next = journal.segment_after(segment->number);
    return next ? next->first_sequence : end.next_sequence;
}

}  // namespace eventfwd

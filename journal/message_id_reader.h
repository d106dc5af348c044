// Reads the fingerprints of message ids that a journal holds, the newest first: what a memory of
// ids, which drops events that come twice, is filled with at a start.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "journal/journal_view.h"

namespace eventfwd {

// The ids of one frame.
struct FrameIds {
    SequenceRange numbers;  // of the frame's events
    Instant instant;        // when they were journaled
    std::span<const std::uint64_t> ids;
};

// A frame with ids is read and verified as a whole: where a power cut has taken its lines, the
// client's next try must not be taken for a repetition. All other frames are stepped over by their
// headers, unread; a step that leads to no frame is made good by a search. Holds the ids of one
// segment in memory.
class MessageIdReader {
  public:
    // Reads what JOURNAL, which outlives this, holds now.
    explicit MessageIdReader(const JournalView& journal);

    // The next older frame that has ids, which live until the next call; nothing where there is
    // none. A caller that has enough stops calling.
    Result<std::optional<FrameIds>> next();

  private:
    struct Entry {
        SequenceRange numbers;
        Instant instant;
        std::size_t begin = 0;  // in ids_
        std::size_t count = 0;
    };
    Result<> read_segment(const Segment& segment);
    Result<> take(const File& file, const FrameHeader& header, std::uint64_t number,
                  std::uint64_t offset);

    const JournalView& journal_;
    std::vector<Segment> segments_;  // to be read, the newest last
    std::vector<Entry> entries_;     // of the segment at hand, to be given, the newest last
    std::vector<std::uint64_t> ids_;
    std::vector<char> frame_;
};

}  // namespace eventfwd

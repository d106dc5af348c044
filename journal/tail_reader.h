// Reads the journal from a number on, as far as it has been appended, for one sink. What is not
// there any more comes as a gap with its reason, never as silence.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/line_run.h"
#include "journal/frame_scanner.h"
#include "journal/journal_view.h"

namespace eventfwd {

// Not shared between threads.
class TailReader {
  public:
    // Reads JOURNAL, which outlives the reader, from the event NEXT_SEQUENCE on.
    TailReader(const JournalView& journal, std::uint64_t next_sequence);

    struct Chunk {
        std::span<const LineRun> runs;  // ascending; live until the next call
        std::optional<Gap> gap;         // instead of runs
        bool empty() const { return runs.empty() && !gap; }
    };
    // What follows, at most BYTES_MAX bytes and COUNT_MAX lines, but one line at least; empty at
    // the end of the journal. A chunk asks the view once, and once more for each further segment
    // that it has to open; a gap asks for its reason, too.
    Result<Chunk> next(std::size_t bytes_max, std::size_t count_max = SIZE_MAX);

    std::uint64_t next_sequence() const { return next_sequence_; }
    // The instant at which the last line given was journaled.
    Instant last_instant() const { return last_instant_; }

  private:
    Result<bool> step(ReadingPlace& place);
    void close_segment();
    Result<> open_segment(std::uint64_t segment_number);
    Chunk give_gap(std::uint64_t end);
    void take_lines(std::size_t& bytes_left, std::size_t& count_left);

    const JournalView& journal_;
    std::uint64_t next_sequence_;
    Instant last_instant_;
    std::uint64_t segment_number_ = 0;  // 0: none is open
    std::unique_ptr<File> file_;
    std::unique_ptr<FrameScanner> scanner_;
    bool has_frame_ = false;  // the scanner's frame has not been given yet
    std::vector<LineRun> runs_;
};

}  // namespace eventfwd

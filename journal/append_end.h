// Follows the frames of a segment and knows where its last whole append ends. The frames of one
// append are written in order, so only the last one of a segment can be unfinished.
#pragma once

#include "journal/frame_walk.h"
#include "journal/journal_state.h"

namespace eventfwd {

class AppendEnd {
  public:
    // Behind a frame.
    struct Place {
        std::uint64_t offset = kSegmentHeaderBytes;
        std::uint64_t sequence = 0;  // of the next event; 0: there is no frame
    };

    // FRAME is the next good one.
    void take(const Frame& frame) {
        const std::uint64_t first = frame.header.append_first();
        if (!is_open_ || first != open_first_) whole_ = last_;
        last_ = {frame.end_offset(), frame.header.end_sequence()};
        is_open_ = frame.header.after > 0;
        open_first_ = first;
        if (!is_open_) whole_ = last_;
    }

    // Whether more frames of the last append should follow.
    bool is_open() const { return is_open_; }
    // The first number of that append.
    std::uint64_t open_first() const { return open_first_; }
    const Place& last() const { return last_; }    // behind the last good frame
    const Place& whole() const { return whole_; }  // behind the last one of a whole append

    // Up to where the segment counts, the last one of a journal in STATE, where the walk over it
    // ended in END: in a whole append, unless it is damage that has taken the rest of one. It has
    // after an orderly stop, and where an earlier start left the numbers of the rest alone out.
    const Place& readable(const FrameWalkEnd& end, const JournalState& state) const;

  private:
    Place last_;
    Place whole_;
    bool is_open_ = false;
    std::uint64_t open_first_ = 0;
};

// Where segment NUMBER, which is FILE and may be being written, ends in a whole append, as above;
// LIMIT, where it ends, if damage stands there.
Result<std::uint64_t> end_of_appends(const File& file, std::uint64_t number, std::uint64_t limit,
                                     const JournalState& state);

}  // namespace eventfwd

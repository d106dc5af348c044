// Walks over the frames of one segment and finds the next good one behind damage: a marker cannot
// occur in a line, and the checksums decide, so that there is nothing to guess.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/file_system.h"
#include "journal/format.h"

namespace eventfwd {

struct Frame {
    FrameHeader header;
    std::string_view lines;    // lives until the scanner reads again
    std::uint64_t offset = 0;  // of its header in the segment

    std::uint64_t end_offset() const { return offset + header.frame_bytes(); }
};

class FrameScanner {
  public:
    enum class Found {
        frame,    // a good frame: frame()
        damage,   // bytes that are no good frame, with a good one behind them:
                  // damage_begin()…offset()
        end,      // nothing but good frames up to the limit
        torn,     // from offset() to the limit is the beginning of a frame that was never finished
        garbage,  // from offset() to the limit is no frame, and no beginning of one
    };

    // Scans FILE, which outlives the scanner, from OFFSET on.
    FrameScanner(const File& file, std::uint64_t segment_number, std::uint64_t offset);

    // Looks at what stands between offset() and LIMIT. After frame and damage, offset() is behind
    // it; after the others it stays.
    Result<Found> next(std::uint64_t limit);

    // Steps over one more good frame if it stands in memory already, so that all frames since the
    // last next() keep their lines; false, and nothing changed, otherwise.
    bool next_buffered(std::uint64_t limit);

    const Frame& frame() const { return frame_; }
    std::uint64_t damage_begin() const { return damage_begin_; }
    std::uint64_t offset() const { return offset_; }

  private:
    Result<> fill(std::uint64_t offset, std::uint64_t limit);
    std::string_view buffered(std::uint64_t offset) const;
    std::optional<FrameHeader> whole_frame_at(std::uint64_t offset) const;
    bool good_frame_at(std::uint64_t offset);
    Result<std::optional<std::uint64_t>> find_good_frame(std::uint64_t from, std::uint64_t limit);
    bool is_unfinished(std::uint64_t limit) const;

    const File& file_;
    std::uint64_t segment_number_;
    std::uint64_t offset_;
    Frame frame_;
    std::uint64_t damage_begin_ = 0;

    // Holds the file's bytes [buffer_offset_, buffer_offset_ + buffer_bytes_).
    std::unique_ptr<char[]> buffer_;
    std::size_t buffer_capacity_ = 0;
    std::uint64_t buffer_offset_ = 0;
    std::size_t buffer_bytes_ = 0;
};

}  // namespace eventfwd

// The frames of one append of several blocks, as they are written with one call. Checksums of what
// is in the blocks are made here, before the journal's lock is taken.
#pragma once

#include <span>
#include <vector>

#include "core/file_system.h"
#include "journal/format.h"

namespace eventfwd {

// Lines that become one frame. The views live until the append returns.
struct LineBlock {
    std::string_view lines;  // each with its line feed, at most kFrameBytesMax bytes
    std::size_t count = 0;   // of the lines, at least 1
    // Fingerprints of the message ids with which events of this block came: at most one an event,
    // and at most kFrameIdsMax.
    std::span<const std::uint64_t> message_ids;
};

class BlockFrames {
  public:
    explicit BlockFrames(std::span<const LineBlock> blocks);

    std::uint64_t lines_bytes() const { return lines_bytes_; }
    std::uint64_t bytes() const { return bytes_; }  // of all frames
    std::uint64_t count() const { return count_; }  // of all lines

    // The bytes of the frames in segment NUMBER, where FIRST_SEQUENCE is the number of the first
    // event; they live as long as this and the blocks.
    std::span<iovec> encode(std::uint64_t first_sequence, Instant instant, std::uint64_t number);

  private:
    std::span<const LineBlock> blocks_;
    std::vector<FrameHeader> headers_;
    std::vector<std::array<char, kBlockHeaderBytes>> encoded_;
    std::vector<iovec> parts_;
    std::uint64_t lines_bytes_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t count_ = 0;
};

}  // namespace eventfwd

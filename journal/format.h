// The bytes of a segment file. All numbers are little-endian; instants are microseconds since 1970.
//
// clang-format off
//
//   segment = segment_header frame*
//
//   segment_header (64 bytes)                    frame = frame_header lines
//     0  magic            8  "EVFWDSEG"            0  marker          8  F5 "frame" CR LF
//     8  version          4  1                     8  checksum        8
//    12  header_bytes     4  64                   16  first_sequence  8  of its first event
//    16  segment_number   8  as in the file name  24  instant         8  when it was journaled
//    24  first_sequence   8                       32  count           4  lines
//    32  created          8                       36  bytes           4  of the lines, line feeds included
//    40  journal_id      16                       40  lines
//    56  checksum         8  XXH3 of 0…55
//
// clang-format on
//
// A frame's checksum is XXH3 over its bytes 16…39, seeded with the XXH3 of its lines plus the
// number of its segment: a frame that strayed in from another segment does not pass for one of
// this.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace eventfwd {

constexpr std::size_t kSegmentHeaderBytes = 64;
constexpr std::size_t kFrameHeaderBytes = 40;
constexpr std::uint32_t kFrameBytesMax = 256 * 1024;  // of its lines
constexpr std::string_view kFrameMarker{
    "\xF5"
    "frame\r\n",
    8};

using JournalId = std::array<char, 16>;

// A range of numbers: [first, last].
struct SequenceRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

struct SegmentHeader {
    std::uint64_t segment_number = 0;
    std::uint64_t first_sequence = 0;
    Instant created;
    JournalId journal_id{};
};

struct FrameHeader {
    std::uint64_t first_sequence = 0;
    Instant instant;
    std::uint32_t count = 0;  // lines
    std::uint32_t bytes = 0;  // of the lines

    std::uint64_t end_sequence() const { return first_sequence + count; }
};

std::array<char, kSegmentHeaderBytes> encode(const SegmentHeader& header);
// Nothing where BYTES are not a whole, undamaged header.
std::optional<SegmentHeader> decode_segment_header(std::string_view bytes);

std::array<char, kFrameHeaderBytes> encode(const FrameHeader& header, std::string_view lines,
                                           std::uint64_t segment_number);
// Nothing where BYTES do not begin with the marker and numbers that a frame can have. Whether they
// are true, is_intact tells.
std::optional<FrameHeader> decode_frame_header(std::string_view bytes);
// Whether the checksum in HEADER_BYTES is right for them and for LINES.
bool is_intact(std::string_view header_bytes, std::string_view lines, std::uint64_t segment_number);

// "000042.seg", and back; nothing for any other name.
std::string segment_file_name(std::uint64_t segment_number);
std::optional<std::uint64_t> segment_number_of(std::string_view file_name);

}  // namespace eventfwd

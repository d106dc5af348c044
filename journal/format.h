// The bytes of a segment file. All numbers are little-endian; instants are microseconds since 1970.
//
// clang-format off
//
//   segment = segment_header frame*              frame = plain_frame | block_frame
//
//   segment_header (64 bytes)                    plain_frame = header (40 bytes) lines
//     0  magic            8  "EVFWDSEG"            0  marker          8  F5 "frame" CR LF
//     8  version          4  1, 2                  8  checksum        8
//    12  header_bytes     4  64                   16  first_sequence  8  of its first event
//    16  segment_number   8  as in the file name  24  instant         8  when it was journaled
//    24  first_sequence   8                       32  count           4  lines
//    32  created          8                       36  bytes           4  of the lines, line feeds included
//    40  journal_id      16                       40  lines
//    56  checksum         8  XXH3 of 0…55
//                                                block_frame = header (64 bytes) lines ids
//                                                  0  marker          8  F5 "block" CR LF
//                                                  8  checksum        8  XXH3 of 16…63
//                                                 16  first_sequence  8  of its first event
//                                                 24  instant         8  when it was journaled
//                                                 32  count           4  lines
//                                                 36  bytes           4  of the lines, line feeds included
//                                                 40  before          4  events of the same append before it
//                                                 44  after           4  events of the same append behind it
//                                                 48  lines_checksum  8  XXH3 of the lines
//                                                 56  ids             4  message ids behind the lines
//                                                 60  ids_checksum    4  lower half of the XXH3 of the ids
//                                                 64  lines
//                                                  …  ids             8  each: fingerprints of message ids
//
// clang-format on
//
// A plain frame is one append of its own. Its checksum is XXH3 over its bytes 16…39, seeded with
// the XXH3 of its lines plus the number of its segment. Block frames are one append together, from
// the one with no events before it to the one with none behind it. Their checksum is seeded with
// the number of the segment, and covers the header alone: a header that is right tells where the
// frame ends whatever became of the rest. A frame that strayed in from another segment is none.
//
// Segments of version 1 hold plain frames only. A frame tells its kind by itself, so that a segment
// with a damaged header is read all the same. Every version has these 64 bytes of header.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace eventfwd {

constexpr std::uint64_t kSequenceMax = ~std::uint64_t{0} >> 1;  // more is no number of an event
constexpr std::uint32_t kSegmentVersion = 2;                    // of segments that are begun now
constexpr std::size_t kSegmentHeaderBytes = 64;
constexpr std::size_t kFrameHeaderBytes = 40;
constexpr std::size_t kBlockHeaderBytes = 64;
constexpr std::uint32_t kFrameBytesMax = 256 * 1024;  // of its lines
constexpr std::uint32_t kFrameIdsMax = 16 * 1024;     // message ids
constexpr std::size_t kFrameMarkerBytes = 8;
constexpr std::string_view kFrameMarker{
    "\xF5"
    "frame\r\n",
    kFrameMarkerBytes};
constexpr std::string_view kBlockMarker{
    "\xF5"
    "block\r\n",
    kFrameMarkerBytes};

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
    std::uint32_t version = kSegmentVersion;
};

struct FrameHeader {
    std::uint64_t first_sequence = 0;
    Instant instant;
    std::uint32_t count = 0;  // lines
    std::uint32_t bytes = 0;  // of the lines
    bool is_block = false;
    // Of a block frame only.
    std::uint32_t before = 0;  // events of the same append before and behind it
    std::uint32_t after = 0;
    std::uint32_t ids = 0;
    std::uint64_t lines_checksum = 0;
    std::uint32_t ids_checksum = 0;

    std::uint64_t end_sequence() const { return first_sequence + count; }
    // The first number of the append that it is of.
    std::uint64_t append_first() const { return first_sequence - before; }
    std::size_t header_bytes() const { return is_block ? kBlockHeaderBytes : kFrameHeaderBytes; }
    std::size_t ids_bytes() const { return ids * sizeof(std::uint64_t); }
    std::uint64_t frame_bytes() const { return header_bytes() + bytes + ids_bytes(); }
};

std::array<char, kSegmentHeaderBytes> encode(const SegmentHeader& header);
// Nothing where BYTES are not a whole, undamaged header. Its version may be one that is not known.
std::optional<SegmentHeader> decode_segment_header(std::string_view bytes);

// LINES_CHECKSUM is the lines' checksum_of.
std::array<char, kFrameHeaderBytes> encode_plain(const FrameHeader& header,
                                                 std::uint64_t lines_checksum,
                                                 std::uint64_t segment_number);
std::array<char, kBlockHeaderBytes> encode_block(const FrameHeader& header,
                                                 std::uint64_t segment_number);
// Nothing where BYTES do not begin with a marker and numbers that a frame can have. Those of a
// block frame are right then; those of a plain one only is_intact proves.
std::optional<FrameHeader> decode_frame_header(std::string_view bytes,
                                               std::uint64_t segment_number);
// Whether what follows is right for HEADER, which was decoded from the beginning of FRAME, a whole
// frame.
bool is_intact(const FrameHeader& header, std::string_view frame, std::uint64_t segment_number);

// XXH3
std::uint64_t checksum_of(std::string_view bytes);
std::uint32_t ids_checksum_of(std::string_view ids);

// Where the first marker of a frame in BYTES begins; npos where there is none.
std::size_t find_marker(std::string_view bytes);

// "000042.seg", and back; nothing for any other name.
std::string segment_file_name(std::uint64_t segment_number);
std::optional<std::uint64_t> segment_number_of(std::string_view file_name);

}  // namespace eventfwd

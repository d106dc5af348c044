#include "journal/format.h"

#include <fmt/format.h>
#include <xxhash.h>
#if defined(__x86_64__)
#include <xxh_x86dispatch.h>  // the widest instructions that the processor has
#endif

#include <cstring>

#include "core/text/whole_number.h"

namespace eventfwd {
namespace {

constexpr std::string_view kMagic = "EVFWDSEG";
constexpr std::size_t kChecksumAt = 8;      // in a frame header
constexpr std::size_t kChecksummedAt = 16;  // likewise

template <class Number>
void put(char* at, Number number) {
    std::memcpy(at, &number, sizeof(number));
}

template <class Number>
Number get(const char* at) {
    Number number;
    std::memcpy(&number, at, sizeof(number));
    return number;
}

Instant instant_at(const char* at) {
    return Instant{std::chrono::microseconds{get<std::int64_t>(at)}};
}

std::uint64_t segment_checksum(const char* header) {
    return XXH3_64bits(header, kSegmentHeaderBytes - 8);
}

std::uint64_t plain_checksum(const char* header, std::uint64_t lines_checksum,
                             std::uint64_t segment_number) {
    return XXH3_64bits_withSeed(header + kChecksummedAt, kFrameHeaderBytes - kChecksummedAt,
                                lines_checksum + segment_number);
}

std::uint64_t block_checksum(const char* header, std::uint64_t segment_number) {
    return XXH3_64bits_withSeed(header + kChecksummedAt, kBlockHeaderBytes - kChecksummedAt,
                                segment_number);
}

// What both kinds of frames begin with.
void put_common(char* at, std::string_view marker, const FrameHeader& header) {
    std::memcpy(at, marker.data(), marker.size());
    put(at + 16, header.first_sequence);
    put(at + 24, header.instant.time_since_epoch().count());
    put(at + 32, header.count);
    put(at + 36, header.bytes);
}

FrameHeader get_common(const char* at) {
    FrameHeader header;
    header.first_sequence = get<std::uint64_t>(at + 16);
    header.instant = instant_at(at + 24);
    header.count = get<std::uint32_t>(at + 32);
    header.bytes = get<std::uint32_t>(at + 36);
    return header;
}

bool is_possible(const FrameHeader& header) {
    return header.first_sequence > 0 && header.count > 0 && header.count <= header.bytes &&
           header.bytes <= kFrameBytesMax && header.end_sequence() > header.first_sequence &&
           header.before < header.first_sequence && header.ids <= kFrameIdsMax &&
           header.end_sequence() + header.after > header.first_sequence;
}

}  // namespace

std::array<char, kSegmentHeaderBytes> encode(const SegmentHeader& header) {
    std::array<char, kSegmentHeaderBytes> bytes{};
    std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
    put(&bytes[8], header.version);
    put(&bytes[12], static_cast<std::uint32_t>(kSegmentHeaderBytes));
    put(&bytes[16], header.segment_number);
    put(&bytes[24], header.first_sequence);
    put(&bytes[32], header.created.time_since_epoch().count());
    std::memcpy(&bytes[40], header.journal_id.data(), header.journal_id.size());
    put(&bytes[56], segment_checksum(bytes.data()));
    return bytes;
}

std::optional<SegmentHeader> decode_segment_header(std::string_view bytes) {
    if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kMagic)) return std::nullopt;
    const char* const at = bytes.data();
    if (get<std::uint64_t>(at + 56) != segment_checksum(at)) return std::nullopt;
    SegmentHeader header;
    header.version = get<std::uint32_t>(at + 8);
    header.segment_number = get<std::uint64_t>(at + 16);
    header.first_sequence = get<std::uint64_t>(at + 24);
    header.created = instant_at(at + 32);
    std::memcpy(header.journal_id.data(), at + 40, header.journal_id.size());
    return header;
}

std::array<char, kFrameHeaderBytes> encode_plain(const FrameHeader& header,
                                                 std::uint64_t lines_checksum,
                                                 std::uint64_t segment_number) {
    std::array<char, kFrameHeaderBytes> bytes{};
    put_common(bytes.data(), kFrameMarker, header);
    put(&bytes[kChecksumAt], plain_checksum(bytes.data(), lines_checksum, segment_number));
    return bytes;
}

std::array<char, kBlockHeaderBytes> encode_block(const FrameHeader& header,
                                                 std::uint64_t segment_number) {
    std::array<char, kBlockHeaderBytes> bytes{};
    put_common(bytes.data(), kBlockMarker, header);
    put(&bytes[40], header.before);
    put(&bytes[44], header.after);
    put(&bytes[48], header.lines_checksum);
    put(&bytes[56], header.ids);
    put(&bytes[60], header.ids_checksum);
    put(&bytes[kChecksumAt], block_checksum(bytes.data(), segment_number));
    return bytes;
}

std::optional<FrameHeader> decode_frame_header(std::string_view bytes,
                                               std::uint64_t segment_number) {
    const char* const at = bytes.data();
    FrameHeader header;
    if (bytes.size() >= kFrameHeaderBytes && bytes.starts_with(kFrameMarker)) {
        header = get_common(at);
    } else if (bytes.size() >= kBlockHeaderBytes && bytes.starts_with(kBlockMarker)) {
        if (get<std::uint64_t>(at + kChecksumAt) != block_checksum(at, segment_number)) {
            return std::nullopt;
        }
        header = get_common(at);
        header.is_block = true;
        header.before = get<std::uint32_t>(at + 40);
        header.after = get<std::uint32_t>(at + 44);
        header.lines_checksum = get<std::uint64_t>(at + 48);
        header.ids = get<std::uint32_t>(at + 56);
        header.ids_checksum = get<std::uint32_t>(at + 60);
    }
    if (!is_possible(header)) return std::nullopt;
    return header;
}

bool is_intact(const FrameHeader& header, std::string_view frame, std::uint64_t segment_number) {
    const std::string_view lines = frame.substr(header.header_bytes(), header.bytes);
    if (header.is_block) {
        const std::string_view ids = frame.substr(kBlockHeaderBytes + header.bytes);
        return header.lines_checksum == checksum_of(lines) &&
               header.ids_checksum == ids_checksum_of(ids.substr(0, header.ids_bytes()));
    }
    return get<std::uint64_t>(frame.data() + kChecksumAt) ==
           plain_checksum(frame.data(), checksum_of(lines), segment_number);
}

std::uint64_t checksum_of(std::string_view bytes) {
    return XXH3_64bits(bytes.data(), bytes.size());
}

std::uint32_t ids_checksum_of(std::string_view ids) {
    return static_cast<std::uint32_t>(checksum_of(ids));
}

std::size_t find_marker(std::string_view bytes) {
    for (std::size_t at = bytes.find(kFrameMarker[0]); at != std::string_view::npos;
         at = bytes.find(kFrameMarker[0], at + 1)) {
        const std::string_view marker = bytes.substr(at, kFrameMarkerBytes);
        if (marker == kFrameMarker || marker == kBlockMarker) return at;
    }
    return std::string_view::npos;
}

std::string segment_file_name(std::uint64_t segment_number) {
    return fmt::format("{:06}.seg", segment_number);
}

std::optional<std::uint64_t> segment_number_of(std::string_view file_name) {
    const auto number = whole_number<std::uint64_t>(file_name.substr(0, file_name.find('.')));
    if (!number || file_name != segment_file_name(*number)) return std::nullopt;
    return number;
}

}  // namespace eventfwd

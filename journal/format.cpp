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
constexpr std::uint32_t kVersion = 1;
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

std::uint64_t frame_checksum(const char* header, std::string_view lines,
                             std::uint64_t segment_number) {
    const std::uint64_t seed = XXH3_64bits(lines.data(), lines.size()) + segment_number;
    return XXH3_64bits_withSeed(header + kChecksummedAt, kFrameHeaderBytes - kChecksummedAt, seed);
}

}  // namespace

std::array<char, kSegmentHeaderBytes> encode(const SegmentHeader& header) {
    std::array<char, kSegmentHeaderBytes> bytes{};
    std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
    put(&bytes[8], kVersion);
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
    if (get<std::uint32_t>(at + 8) != kVersion) return std::nullopt;
    if (get<std::uint64_t>(at + 56) != segment_checksum(at)) return std::nullopt;
    SegmentHeader header;
    header.segment_number = get<std::uint64_t>(at + 16);
    header.first_sequence = get<std::uint64_t>(at + 24);
    header.created = instant_at(at + 32);
    std::memcpy(header.journal_id.data(), at + 40, header.journal_id.size());
    return header;
}

std::array<char, kFrameHeaderBytes> encode(const FrameHeader& header, std::string_view lines,
                                           std::uint64_t segment_number) {
    std::array<char, kFrameHeaderBytes> bytes{};
    std::memcpy(bytes.data(), kFrameMarker.data(), kFrameMarker.size());
    put(&bytes[16], header.first_sequence);
    put(&bytes[24], header.instant.time_since_epoch().count());
    put(&bytes[32], header.count);
    put(&bytes[36], header.bytes);
    put(&bytes[kChecksumAt], frame_checksum(bytes.data(), lines, segment_number));
    return bytes;
}

std::optional<FrameHeader> decode_frame_header(std::string_view bytes) {
    if (bytes.size() < kFrameHeaderBytes || !bytes.starts_with(kFrameMarker)) return std::nullopt;
    const char* const at = bytes.data();
    FrameHeader header;
    header.first_sequence = get<std::uint64_t>(at + 16);
    header.instant = instant_at(at + 24);
    header.count = get<std::uint32_t>(at + 32);
    header.bytes = get<std::uint32_t>(at + 36);
    const bool possible = header.first_sequence > 0 && header.count > 0 &&
                          header.count <= header.bytes && header.bytes <= kFrameBytesMax &&
                          header.end_sequence() > header.first_sequence;
    if (!possible) return std::nullopt;
    return header;
}

bool is_intact(std::string_view header_bytes, std::string_view lines,
               std::uint64_t segment_number) {
    return get<std::uint64_t>(header_bytes.data() + kChecksumAt) ==
           frame_checksum(header_bytes.data(), lines, segment_number);
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

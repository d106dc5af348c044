#include "journal/frame_scanner.h"

#include <algorithm>
#include <bit>

#include "journal/damaged_read.h"

namespace eventfwd {
namespace {

// At most: room for any one frame, and for many small ones.
constexpr std::size_t kBufferBytes = 512 * 1024;
static_assert(kBufferBytes >=
              kBlockHeaderBytes + kFrameBytesMax + kFrameIdsMax * sizeof(std::uint64_t));

}  // namespace

FrameScanner::FrameScanner(const File& file, std::uint64_t segment_number, std::uint64_t offset)
    : file_(file), segment_number_(segment_number), offset_(offset) {}

std::string_view FrameScanner::buffered(std::uint64_t offset) const {
    if (offset < buffer_offset_ || offset >= buffer_offset_ + buffer_bytes_) return {};
    const std::size_t skip = offset - buffer_offset_;
    return {buffer_.get() + skip, buffer_bytes_ - skip};
}

// Makes the buffer begin at OFFSET, with as much behind it as fits below LIMIT.
Result<> FrameScanner::fill(std::uint64_t offset, std::uint64_t limit) {
    const std::size_t wanted = std::min<std::uint64_t>(limit - offset, kBufferBytes);
    if (buffer_capacity_ < wanted) {
        buffer_bytes_ = 0;
        buffer_capacity_ = std::bit_ceil(wanted);
        buffer_ = std::make_unique_for_overwrite<char[]>(buffer_capacity_);
    }
    const auto read = read_despite_damage(file_, offset, {buffer_.get(), wanted});
    buffer_offset_ = offset;
    buffer_bytes_ = read ? *read : 0;
    if (!read) return std::unexpected(read.error());
    return {};
}

// The header of what may be a frame at OFFSET, if that is in the buffer to its end.
std::optional<FrameHeader> FrameScanner::whole_frame_at(std::uint64_t offset) const {
    const std::string_view bytes = buffered(offset);
    const auto header = decode_frame_header(bytes, segment_number_);
    if (!header || bytes.size() < header->frame_bytes()) return std::nullopt;
    return header;
}

// Whether a whole good frame is in the buffer at OFFSET; then it is frame_.
bool FrameScanner::good_frame_at(std::uint64_t offset) {
    const auto header = whole_frame_at(offset);
    const std::string_view bytes = buffered(offset);
    if (!header || !is_intact(*header, bytes, segment_number_)) return false;
    frame_ = {*header, bytes.substr(header->header_bytes(), header->bytes), offset};
    return true;
}

bool FrameScanner::next_buffered(std::uint64_t limit) {
    if (offset_ >= limit || !good_frame_at(offset_)) return false;
    offset_ = frame_.end_offset();
    return true;
}

// Where the first good frame from FROM on begins, if there is one below LIMIT.
Result<std::optional<std::uint64_t>> FrameScanner::find_good_frame(std::uint64_t from,
                                                                   std::uint64_t limit) {
    while (from + kFrameHeaderBytes <= limit) {
        std::string_view bytes = buffered(from);
        const bool reaches_limit = buffer_offset_ + buffer_bytes_ >= limit;
        std::size_t marker = find_marker(bytes);
        if (marker == std::string_view::npos) {
            if (reaches_limit && !bytes.empty()) return std::nullopt;
            // A marker can begin in the last bytes of this buffer and end in the next.
            if (bytes.size() >= kFrameMarkerBytes) from += bytes.size() - kFrameMarkerBytes + 1;
            if (auto filled = fill(from, limit); !filled) return std::unexpected(filled.error());
            if (buffer_bytes_ < kFrameMarkerBytes) return std::nullopt;
            continue;
        }
        from += marker;
        if (!whole_frame_at(from) && !reaches_limit && from != buffer_offset_) {
            if (auto filled = fill(from, limit); !filled) return std::unexpected(filled.error());
        }
        if (good_frame_at(from)) return from;
        ++from;
    }
    return std::nullopt;
}

// Whether what stands at offset_ is a frame's beginning that the limit cuts off. The header of a
// block frame is proven, and tells. That of a plain frame is not, but a beginning lacks at least
// the end of its last line: where all lines are there, it is the length that is damaged.
bool FrameScanner::is_unfinished(std::uint64_t limit) const {
    const std::string_view bytes = buffered(offset_);
    const std::string_view marker = bytes.substr(0, kFrameMarkerBytes);
    const bool is_block = kBlockMarker.starts_with(marker);
    if (!is_block && !kFrameMarker.starts_with(marker)) return false;
    if (bytes.size() < (is_block ? kBlockHeaderBytes : kFrameHeaderBytes)) return true;
    const auto header = decode_frame_header(bytes, segment_number_);
    if (!header || offset_ + header->frame_bytes() <= limit) return false;
    return header->is_block ||
           std::ranges::count(bytes.substr(kFrameHeaderBytes), '\n') < header->count;
}

Result<FrameScanner::Found> FrameScanner::next(std::uint64_t limit) {
    if (offset_ >= limit) return Found::end;
    if (next_buffered(limit)) return Found::frame;
    if (auto filled = fill(offset_, limit); !filled) return std::unexpected(filled.error());
    if (next_buffered(limit)) return Found::frame;
    const bool unfinished = is_unfinished(limit);
    const auto good = find_good_frame(offset_ + 1, limit);
    if (!good) return std::unexpected(good.error());
    if (!*good) return unfinished ? Found::torn : Found::garbage;
    damage_begin_ = offset_;
    offset_ = **good;
    return Found::damage;
}

}  // namespace eventfwd

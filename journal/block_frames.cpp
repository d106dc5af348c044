#include "journal/block_frames.h"

#include <algorithm>
#include <bit>

#include "core/check.h"

namespace eventfwd {
namespace {

static_assert(std::endian::native == std::endian::little, "ids are written as they are in memory");

std::string_view bytes_of(std::span<const std::uint64_t> ids) {
    return {reinterpret_cast<const char*>(ids.data()), ids.size_bytes()};
}

FrameHeader header_of(const LineBlock& block) {
    EVENTFWD_CHECK(block.count > 0 && block.lines.size() <= kFrameBytesMax);
    EVENTFWD_CHECK(block.message_ids.size() <= std::min<std::size_t>(block.count, kFrameIdsMax));
    FrameHeader header;
    header.is_block = true;
    header.count = static_cast<std::uint32_t>(block.count);
    header.bytes = static_cast<std::uint32_t>(block.lines.size());
    header.lines_checksum = checksum_of(block.lines);
    header.ids = static_cast<std::uint32_t>(block.message_ids.size());
    header.ids_checksum = ids_checksum_of(bytes_of(block.message_ids));
    return header;
}

}  // namespace

BlockFrames::BlockFrames(std::span<const LineBlock> blocks) : blocks_(blocks) {
    headers_.reserve(blocks.size());
    for (const LineBlock& block : blocks) {
        headers_.push_back(header_of(block));
        lines_bytes_ += block.lines.size();
        bytes_ += headers_.back().frame_bytes();
        count_ += block.count;
    }
    encoded_.resize(blocks.size());
    parts_.resize(3 * blocks.size());
}

std::span<iovec> BlockFrames::encode(std::uint64_t first_sequence, Instant instant,
                                     std::uint64_t number) {
    std::uint64_t before = 0;
    for (std::size_t at = 0; at < blocks_.size(); ++at) {
        FrameHeader& header = headers_[at];
        header.first_sequence = first_sequence + before;
        header.instant = instant;
        header.before = static_cast<std::uint32_t>(before);
        before += header.count;
        header.after = static_cast<std::uint32_t>(count_ - before);
        encoded_[at] = encode_block(header, number);
        parts_[3 * at] = as_iovec({encoded_[at].data(), encoded_[at].size()});
        parts_[3 * at + 1] = as_iovec(blocks_[at].lines);
        parts_[3 * at + 2] = as_iovec(bytes_of(blocks_[at].message_ids));
    }
    return parts_;
}

}  // namespace eventfwd

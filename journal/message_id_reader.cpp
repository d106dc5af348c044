#include "journal/message_id_reader.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "journal/frame_scanner.h"

namespace eventfwd {
namespace {

// Steps from header to header of one segment.
class HeaderWalk {
  public:
    HeaderWalk(const File& file, std::uint64_t number, std::uint64_t limit)
        : file_(file), number_(number), limit_(limit) {}

    // The next header; nothing at the end. Its frame begins at offset().
    Result<std::optional<FrameHeader>> next() {
        offset_ = next_offset_;
        while (offset_ < limit_) {
            const auto header = header_at(offset_);
            if (!header) return header;
            if (*header && offset_ + (*header)->frame_bytes() <= limit_) {
                next_offset_ = offset_ + (*header)->frame_bytes();
                search_from_ = (*header)->is_block ? next_offset_ : offset_;
                return header;
            }
            if (auto found = find_frame(); !found) return std::unexpected(found.error());
        }
        return std::nullopt;
    }
    std::uint64_t offset() const { return offset_; }

  private:
    Result<std::optional<FrameHeader>> header_at(std::uint64_t offset) {
        const bool is_in = offset >= begin_ && offset + kBlockHeaderBytes <= begin_ + bytes_;
        if (!is_in) {
            const std::size_t wanted = std::min<std::uint64_t>(limit_ - offset, buffer_.size());
            const auto read = read_all_at(file_, offset, {buffer_.data(), wanted});
            if (!read && read.error().code != EIO) return std::unexpected(read.error());
            begin_ = offset;
            bytes_ = read.value_or(0);
        }
        const std::string_view bytes(buffer_.data(), bytes_);
        return decode_frame_header(bytes.substr(offset - begin_), number_);
    }

    // No frame is at offset_: moves it to the next good one, or to the limit. The length of a plain
    // frame that led here may be what is wrong, so it begins there.
    Result<> find_frame() {
        FrameScanner scanner(file_, number_, search_from_);
        const auto found = scanner.next(limit_);
        if (!found) return std::unexpected(found.error());
        const bool is_behind =
            *found == FrameScanner::Found::damage || *found == FrameScanner::Found::frame;
        offset_ = search_from_ = is_behind ? scanner.offset() : limit_;
        return {};
    }

    const File& file_;
    const std::uint64_t number_;
    const std::uint64_t limit_;
    std::uint64_t offset_ = 0;
    std::uint64_t next_offset_ = kSegmentHeaderBytes;
    std::uint64_t search_from_ = kSegmentHeaderBytes;  // a frame begins here, or damage
    // Holds the file's bytes [begin_, begin_ + bytes_): many small frames, or one header.
    std::array<char, 8192> buffer_;
    std::uint64_t begin_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace

MessageIdReader::MessageIdReader(const JournalView& journal) : journal_(journal) {
    const JournalSnapshot now = journal.snapshot();
    segments_.assign(now.segments.all().begin(), now.segments.all().end());
}

Result<std::optional<FrameIds>> MessageIdReader::next() {
    while (entries_.empty()) {
        if (segments_.empty()) return std::nullopt;
        const Segment segment = segments_.back();
        segments_.pop_back();
        if (auto read = read_segment(segment); !read) return std::unexpected(read.error());
    }
    const Entry entry = entries_.back();
    entries_.pop_back();
    return FrameIds{entry.numbers, entry.instant,
                    std::span(ids_).subspan(entry.begin, entry.count)};
}

Result<> MessageIdReader::read_segment(const Segment& segment) {
    ids_.clear();
    const auto file = journal_.open_segment(segment.number);
    if (!file && file.error().code == ENOENT) return {};  // removed meanwhile
    if (!file) return std::unexpected(file.error());
    HeaderWalk headers(**file, segment.number, segment.bytes);
    while (true) {
        const auto header = headers.next();
        if (!header) return std::unexpected(header.error());
        if (!*header) return {};
        if ((*header)->ids == 0) continue;
        if (auto taken = take(**file, **header, segment.number, headers.offset()); !taken)
            return taken;
    }
}

// A frame that is damaged is left out.
Result<> MessageIdReader::take(const File& file, const FrameHeader& header, std::uint64_t number,
                               std::uint64_t offset) {
    frame_.resize(header.frame_bytes());
    const auto read = read_all_at(file, offset, frame_);
    if (!read && read.error().code != EIO) return std::unexpected(read.error());
    const bool is_whole = read && *read == frame_.size();
    if (!is_whole || !is_intact(header, {frame_.data(), frame_.size()}, number)) return {};
    const std::size_t begin = ids_.size();
    ids_.resize(begin + header.ids);
    std::memcpy(&ids_[begin], &frame_[header.header_bytes() + header.bytes], header.ids_bytes());
    entries_.push_back(
        {{header.first_sequence, header.end_sequence() - 1}, header.instant, begin, header.ids});
    return {};
}

}  // namespace eventfwd

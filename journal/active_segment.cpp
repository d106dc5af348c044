#include "journal/active_segment.h"

#include <algorithm>

namespace eventfwd {
namespace {

// At a time: few enough that a disk that is almost full does not miss them.
constexpr std::uint64_t kPreallocatedBytes = 8 << 20;

}  // namespace

// Whole frames of an append that failed must not be found behind later ones.
Result<> ActiveSegment::cut_leftover() {
    if (!has_leftover_) return {};
    auto cut = segment_.file->truncate(bytes_);
    has_leftover_ = !cut;
    return cut;
}

Result<> ActiveSegment::begin(const SegmentHeader& header) {
    if (auto cut = cut_leftover(); !cut) return cut;
    const std::string path = segment_path(directory_, header.segment_number);
    auto opened = files_.open(path, OpenMode::create);
    // There is one already where an earlier try failed half way.
    if (!opened && opened.error().code == EEXIST) opened = files_.open(path, OpenMode::write);
    if (!opened) return std::unexpected(opened.error());
    const std::shared_ptr<File> file = std::move(*opened);
    const auto bytes = encode(header);
    iovec part = as_iovec({bytes.data(), bytes.size()});
    if (auto written = write_all_at(*file, 0, {&part, 1}); !written) return written;
    segment_ = {header.segment_number, file};
    bytes_ = preallocated_ = kSegmentHeaderBytes;
    takes_frames_ = true;
    return {};
}

Result<bool> ActiveSegment::go_on(const Segment& segment) {
    auto file = files_.open(segment_path(directory_, segment.number), OpenMode::write);
    if (!file) return std::unexpected(file.error());
    segment_ = {segment.number, std::move(*file)};
    bytes_ = preallocated_ = segment.bytes;
    takes_frames_ = segment.version == kSegmentVersion;
    const auto status = segment_.file->status();
    if (!status) return std::unexpected(status.error());
    // Also where nothing stands behind: blocks that the last life asked for ahead are given back.
    if (auto cut = segment_.file->truncate(bytes_); !cut) return std::unexpected(cut.error());
    return status->size != bytes_;
}

bool ActiveSegment::end_here() {
    if (!takes_frames_ || bytes_ <= kSegmentHeaderBytes) return false;
    takes_frames_ = false;
    // Blocks that were asked for ahead are given back.
    [[maybe_unused]] const auto cut = segment_.file->truncate(bytes_);
    return true;
}

// Sees to it that the next BYTES have their blocks. On ext4 a write into blocks that are still to
// be found waits while a sync finds them for all that was written before: 10 ms and more at full
// speed, and a socket's buffer lasts no longer.
void ActiveSegment::preallocate(std::uint64_t bytes, std::uint64_t bytes_max) {
    if (bytes_ + bytes <= preallocated_) return;
    const std::uint64_t left = bytes_max - std::min(bytes_, bytes_max);
    const std::uint64_t step = std::max(bytes, std::min(kPreallocatedBytes, left));
    segment_.file->preallocate(bytes_, step);
    preallocated_ = bytes_ + step;
}

Result<> ActiveSegment::write(std::span<iovec> parts, std::uint64_t bytes,
                              std::uint64_t bytes_max) {
    if (auto cut = cut_leftover(); !cut) return cut;
    preallocate(bytes, bytes_max);
    if (auto written = write_all_at(*segment_.file, bytes_, parts); !written) {
        has_leftover_ = true;
        [[maybe_unused]] const auto cut = cut_leftover();
        return written;
    }
    bytes_ += bytes;
    return {};
}

}  // namespace eventfwd

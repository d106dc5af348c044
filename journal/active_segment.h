// The last segment, which takes what is appended: all of a write, or nothing of it.
#pragma once

#include <span>
#include <string>

#include "core/file_system.h"
#include "journal/format.h"
#include "journal/segment_catalog.h"
#include "journal/segment_syncer.h"

namespace eventfwd {

// Guarded by the journal's mutex.
class ActiveSegment {
  public:
    // FILES outlives this.
    ActiveSegment(FileSystem& files, std::string directory)
        : files_(files), directory_(std::move(directory)) {}

    // Makes the file of a new segment, which takes the writes from now on. Does not wait for the
    // disk.
    Result<> begin(const SegmentHeader& header);
    // Goes on in SEGMENT, and cuts off what stands behind its bytes. True where there was
    // something.
    Result<bool> go_on(const Segment& segment);

    std::uint64_t number() const { return segment_.number; }
    std::uint64_t bytes() const { return bytes_; }  // readers may read so far
    const SegmentFile& file() const { return segment_; }

    // Whether BYTES more leave it below BYTES_MAX. A segment without a frame takes any; one of an
    // earlier version, or that must not become larger, takes none.
    bool has_room(std::uint64_t bytes, std::uint64_t bytes_max) const {
        if (!takes_frames_) return false;
        return bytes_ + bytes <= bytes_max || bytes_ <= kSegmentHeaderBytes;
    }
    // Writes PARTS, BYTES in all, behind what is there. After a failure nothing of them counts as
    // there, and nothing more is written until it is cut off.
    Result<> write(std::span<iovec> parts, std::uint64_t bytes, std::uint64_t bytes_max);

    // Takes no more frames, so that the next append begins another segment. False where there is
    // none in it, and another segment would take no more either, or where it takes none already.
    bool end_here();

    // Cuts off what a failed write left; the other calls do so as well.
    Result<> cut_leftover();

  private:
    void preallocate(std::uint64_t bytes, std::uint64_t bytes_max);

    FileSystem& files_;
    const std::string directory_;
    SegmentFile segment_;
    std::uint64_t bytes_ = 0;
    std::uint64_t preallocated_ = 0;  // up to where blocks have been asked for
    bool takes_frames_ = true;        // it is of the version that is written now, and not ended
    bool has_leftover_ = false;       // of a write that failed, behind bytes_
};

}  // namespace eventfwd

#include "journal/segment_rescue.h"

#include "journal/damaged_read.h"
#include "journal/frame_walk.h"

namespace eventfwd {
namespace {

std::string fresh_path(const std::string& directory, std::uint64_t number) {
    return segment_path(directory, number) + ".new";
}

// Reports what of the segment is lost already.
Result<> check_frames(const File& file, const Segment& segment, const KeepDamage& keep_damage) {
    const auto keep = [&](std::uint64_t begin, std::uint64_t end) {
        keep_damage(file, segment.number, begin, end);
    };
    const auto end = walk_frames(file, segment.number, segment.bytes, [](const Frame&) {}, keep);
    if (!end) return std::unexpected(end.error());
    if (end->why != FrameWalkEnd::Why::whole) keep(end->offset, segment.bytes);
    return {};
}

Result<> write_fresh(FileSystem& files, const std::string& path, const File& from,
                     std::uint64_t size) {
    const auto fresh = files.open(path, OpenMode::replace);
    if (!fresh) return std::unexpected(fresh.error());
    if (auto copied = copy_despite_damage(from, 0, size, **fresh); !copied) return copied;
    return (*fresh)->sync_data();
}

}  // namespace

Result<> rescue_segment(FileSystem& files, const std::string& directory, const Segment& segment,
                        const File& file, const KeepDamage& keep_damage) {
    const std::string path = segment_path(directory, segment.number);
    const std::string fresh = fresh_path(directory, segment.number);
    Result<> done = write_fresh(files, fresh, file, segment.bytes);
    if (done) done = files.rename(fresh, path);
    if (!done) {
        remove_unfinished_rescue(files, directory, segment.number);
        return done;
    }
    if (auto synced = files.sync_directory(directory); !synced) return synced;
    return check_frames(file, segment, keep_damage);
}

void remove_unfinished_rescue(FileSystem& files, const std::string& directory,
                              std::uint64_t number) {
    [[maybe_unused]] const auto removed = files.unlink(fresh_path(directory, number));
}

}  // namespace eventfwd

#include "journal/segment_rescue.h"

#include <algorithm>
#include <vector>

#include "journal/damaged_read.h"
#include "journal/frame_scanner.h"
#include "journal/quarantine.h"

namespace eventfwd {
namespace {

std::string fresh_path(const std::string& directory, std::uint64_t number) {
    return segment_path(directory, number) + ".new";
}

// Tells what of the segment is lost already.
Result<> check_frames(FileSystem& files, const std::string& directory, const File& file,
                      const Segment& segment, JournalProbe& probe) {
    const auto keep = [&](std::uint64_t begin, std::uint64_t end) {
        const auto kept = quarantine(files, directory, file, segment.number, begin, end);
        probe.damage_found(segment_path(directory, segment.number), begin, end, kept.value_or(""));
    };
    FrameScanner scanner(file, segment.number, kSegmentHeaderBytes);
    while (true) {
        const auto found = scanner.next(segment.bytes);
        if (!found) return std::unexpected(found.error());
        switch (*found) {
            case FrameScanner::Found::frame:
                break;
            case FrameScanner::Found::damage:
                keep(scanner.damage_begin(), scanner.offset());
                break;
            case FrameScanner::Found::torn:
            case FrameScanner::Found::garbage:
                keep(scanner.offset(), segment.bytes);
                return {};
            case FrameScanner::Found::end:
                return {};
        }
    }
}

Result<> copy(const File& from, File& to, std::uint64_t size) {
    std::vector<char> bytes(std::min<std::uint64_t>(size, 1 << 20));
    for (std::uint64_t at = 0; at < size;) {
        const std::size_t wanted = std::min<std::uint64_t>(size - at, bytes.size());
        const auto read = read_despite_damage(from, at, {bytes.data(), wanted});
        if (!read) return std::unexpected(read.error());
        if (*read == 0) break;
        iovec part{bytes.data(), *read};
        if (auto written = write_all_at(to, at, {&part, 1}); !written) return written;
        at += *read;
    }
    return {};
}

Result<> write_fresh(FileSystem& files, const std::string& path, const File& from,
                     std::uint64_t size) {
    const auto fresh = files.open(path, OpenMode::replace);
    if (!fresh) return std::unexpected(fresh.error());
    if (auto copied = copy(from, **fresh, size); !copied) return copied;
    return (*fresh)->sync_data();
}

}  // namespace

Result<> rescue_segment(FileSystem& files, const std::string& directory, const Segment& segment,
                        const File& file, JournalProbe& probe) {
    const std::string path = segment_path(directory, segment.number);
    const std::string fresh = fresh_path(directory, segment.number);
    Result<> done = write_fresh(files, fresh, file, segment.bytes);
    if (done) done = files.rename(fresh, path);
    if (!done) {
        remove_unfinished_rescue(files, directory, segment.number);
        return done;
    }
    if (auto synced = files.sync_directory(directory); !synced) return synced;
    return check_frames(files, directory, file, segment, probe);
}

void remove_unfinished_rescue(FileSystem& files, const std::string& directory,
                              std::uint64_t number) {
    [[maybe_unused]] const auto removed = files.unlink(fresh_path(directory, number));
}

}  // namespace eventfwd

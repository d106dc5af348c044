#include "journal/segment_catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "journal/frame_walk.h"

namespace eventfwd {
namespace {

// Nothing where it is damaged.
Result<std::optional<SegmentHeader>> read_header(const File& file, std::uint64_t number) {
    std::array<char, kSegmentHeaderBytes> head{};
    const auto read = read_all_at(file, 0, head);
    if (!read && read.error().code != EIO) return std::unexpected(read.error());
    auto header = decode_segment_header({head.data(), read.value_or(0)});
    if (header && header->segment_number != number) header.reset();
    return header;
}

std::unexpected<Error> refuse_version(const std::string& directory, const SegmentHeader& header) {
    return failure(
        fmt::format("read {}: it has format {}, and this eventfwd knows formats 1 to {}: a newer "
                    "eventfwd wrote it",
                    segment_path(directory, header.segment_number), header.version,
                    kSegmentVersion),
        ENOTSUP);
}

Result<Segment> read_segment(FileSystem& files, const std::string& directory,
                             std::uint64_t number) {
    const auto file = files.open(segment_path(directory, number), OpenMode::read);
    if (!file) return std::unexpected(file.error());
    const auto status = (*file)->status();
    if (!status) return std::unexpected(status.error());
    Segment segment;
    segment.number = number;
    segment.bytes = status->size;
    const auto read = read_header(**file, number);
    if (!read) return std::unexpected(read.error());
    const auto& header = *read;
    if (header && header->version > kSegmentVersion) return refuse_version(directory, *header);
    if (header) {
        segment.version = header->version;
        segment.first_sequence = header->first_sequence;
        segment.created = header->created;
        return segment;
    }
    // The head is damaged. Its frames say all that is needed.
    const auto take_first = [&](const Frame& frame) {
        segment.first_sequence = frame.header.first_sequence;
        segment.created = frame.header.instant;
        return false;
    };
    const auto walked = walk_frames(**file, number, segment.bytes, take_first, ignore_damage);
    if (!walked) return std::unexpected(walked.error());
    return segment;
}

}  // namespace

std::string segment_path(const std::string& directory, std::uint64_t number) {
    return directory + "/" + segment_file_name(number);
}

std::optional<JournalId> find_journal_id(FileSystem& files, const std::string& directory,
                                         const SegmentCatalog& catalog) {
    for (const Segment& segment : catalog.all()) {
        const auto file = files.open(segment_path(directory, segment.number), OpenMode::read);
        if (!file) continue;
        const auto header = read_header(**file, segment.number);
        if (header && *header) return (*header)->journal_id;
    }
    return std::nullopt;
}

Result<SegmentCatalog> SegmentCatalog::load(FileSystem& files, const std::string& directory) {
    const auto names = files.list(directory);
    if (!names) return std::unexpected(names.error());
    std::vector<std::uint64_t> numbers;
    for (const std::string& name : *names) {
        if (const auto number = segment_number_of(name)) numbers.push_back(*number);
    }
    std::ranges::sort(numbers);
    SegmentCatalog catalog;
    for (const std::uint64_t number : numbers) {
        auto segment = read_segment(files, directory, number);
        if (!segment) return std::unexpected(segment.error());
        catalog.add(*segment);
    }
    // One without any good frame holds nothing: it stands where the next one begins.
    for (std::size_t at = catalog.segments_.size(); at-- > 1;) {
        if (catalog.segments_[at - 1].first_sequence == 0) {
            catalog.segments_[at - 1].first_sequence = catalog.segments_[at].first_sequence;
        }
    }
    return catalog;
}

std::uint64_t SegmentCatalog::bytes() const {
    return std::accumulate(
        segments_.begin(), segments_.end(), std::uint64_t{0},
        [](std::uint64_t sum, const Segment& segment) { return sum + segment.bytes; });
}

std::uint64_t SegmentCatalog::bytes_between(std::uint64_t sequence, std::uint64_t end) const {
    std::uint64_t bytes = 0;
    for (auto segment = segments_.rbegin(); segment != segments_.rend() && sequence < end;
         ++segment) {
        const std::uint64_t begin = segment->first_sequence;
        if (begin < end) {
            const auto share = static_cast<double>(end - std::max(begin, sequence)) /
                               static_cast<double>(end - begin);
            bytes += static_cast<std::uint64_t>(static_cast<double>(segment->bytes) * share);
        }
        end = std::min(begin, end);
    }
    return bytes;
}

std::optional<Segment> SegmentCatalog::holding(std::uint64_t sequence) const {
    if (segments_.empty()) return std::nullopt;
    const auto above = std::ranges::upper_bound(segments_, sequence, {}, &Segment::first_sequence);
    return above == segments_.begin() ? segments_.front() : *std::prev(above);
}

void SegmentCatalog::find_ages(const Clock& clock) {
    const Instant now = clock.now();
    const SteadyInstant steady_now = clock.steady_now();
    Instant latest = Instant::min();
    for (Segment& segment : segments_) {
        if (segment.created > now) continue;
        latest = std::max(latest, segment.created);
        segment.begun = steady_now - (now - latest);
    }
    SteadyInstant next = steady_now;
    for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
        if (segment->created > now) segment->begun = next;
        next = segment->begun;
    }
    // The last one goes on taking events, and with few of them has all that there are.
    if (!segments_.empty()) {
        segments_.back().earliest = Instant::min();
        segments_.back().latest = Instant::max();
    }
}

std::optional<Segment> SegmentCatalog::from_future(Instant now) const {
    const auto found = std::ranges::find_if(
        segments_, [&](const Segment& segment) { return segment.created > now; });
    return found == segments_.end() ? std::nullopt : std::optional(*found);
}

std::optional<Segment> SegmentCatalog::after(std::uint64_t number) const {
    const auto next = std::ranges::upper_bound(segments_, number, {}, &Segment::number);
    if (next == segments_.end()) return std::nullopt;
    return *next;
}

std::optional<Segment> SegmentCatalog::numbered(std::uint64_t number) const {
    const auto at = std::ranges::lower_bound(segments_, number, {}, &Segment::number);
    if (at == segments_.end() || at->number != number) return std::nullopt;
    return *at;
}

}  // namespace eventfwd

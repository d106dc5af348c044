#include "journal/tail_reader.h"

#include <algorithm>

namespace eventfwd {
namespace {

std::uint64_t readable_bytes(const ReadingPlace& place) {
    return place.segment ? place.segment->bytes : 0;
}

}  // namespace

TailReader::TailReader(const JournalView& journal, std::uint64_t next_sequence)
    : journal_(journal), next_sequence_(next_sequence) {}

void TailReader::close_segment() {
    has_frame_ = false;
    scanner_.reset();
    file_.reset();
    segment_number_ = 0;
}

Result<> TailReader::open_segment(std::uint64_t segment_number) {
    close_segment();
    auto file = journal_.open_segment(segment_number);
    if (!file) return std::unexpected(file.error());
    segment_number_ = segment_number;
    file_ = std::move(*file);
    scanner_ = std::make_unique<FrameScanner>(*file_, segment_number, kSegmentHeaderBytes);
    return {};
}

// Makes the scanner's frame the one that holds next_sequence_, or the first one above it. False at
// the end of the journal. PLACE moves with the reader.
Result<bool> TailReader::step(ReadingPlace& place) {
    if (scanner_ == nullptr) {
        if (next_sequence_ >= place.next_sequence || !place.segment) return false;
        if (auto opened = open_segment(place.segment->number); !opened) {
            return std::unexpected(opened.error());
        }
    }
    while (true) {
        if (has_frame_ && scanner_->frame().header.end_sequence() > next_sequence_) return true;
        has_frame_ = false;
        const std::uint64_t limit = readable_bytes(place);
        const auto found = scanner_->next(limit);
        if (!found) return std::unexpected(found.error());
        if (*found == FrameScanner::Found::frame) {
            has_frame_ = true;
        } else if (*found == FrameScanner::Found::damage) {  // its numbers show as a gap
            journal_.keep_damage(*file_, segment_number_, scanner_->damage_begin(),
                                 scanner_->offset());
        } else {
            if (!place.after) return false;
            if (*found != FrameScanner::Found::end) {
                journal_.keep_damage(*file_, segment_number_, scanner_->offset(), limit);
            }
            if (auto opened = open_segment(place.after->number); !opened) {
                return std::unexpected(opened.error());
            }
            place = journal_.place(next_sequence_, segment_number_);
        }
    }
}

// The numbers from next_sequence_ on up to END are not there: as many of them as one reason has.
TailReader::Chunk TailReader::give_gap(std::uint64_t end) {
    const Gap gap = journal_.explain_gap(next_sequence_, end);
    next_sequence_ = gap.end;
    return {{}, gap};
}

// Adds what is left of the scanner's frame to the chunk, as far as it fits; one line always does if
// nothing is in the chunk.
void TailReader::take_lines(std::size_t& bytes_left, std::size_t& count_left) {
    const Frame& frame = scanner_->frame();
    const std::uint64_t skipped = next_sequence_ - frame.header.first_sequence;
    std::string_view lines = without_lines(frame.lines, skipped);
    std::uint64_t count = frame.header.count - skipped;
    if (lines.size() > bytes_left || count > count_left) {
        std::size_t bytes = 0;
        std::uint64_t fitting = 0;
        while (fitting < std::min<std::uint64_t>(count, count_left)) {
            const std::size_t end = lines.find('\n', bytes) + 1;
            if (end > bytes_left && (fitting > 0 || !runs_.empty())) break;
            bytes = end;
            ++fitting;
        }
        lines = lines.substr(0, bytes);
        count = fitting;
    }
    bytes_left -= std::min(bytes_left, lines.size());
    count_left -= count;
    if (count == 0) return;
    runs_.push_back({next_sequence_, static_cast<std::uint32_t>(count), lines});
    next_sequence_ += count;
    last_instant_ = frame.header.instant;
    has_frame_ = next_sequence_ < frame.header.end_sequence();
}

Result<TailReader::Chunk> TailReader::next(std::size_t bytes_max, std::size_t count_max) {
    runs_.clear();
    ReadingPlace place = journal_.place(next_sequence_, segment_number_);
    if (next_sequence_ < place.lower_end) {
        close_segment();  // it may be among those that are gone
        return give_gap(place.lower_end);
    }
    const auto stepped = step(place);
    if (!stepped) return std::unexpected(stepped.error());
    if (!*stepped) {
        return next_sequence_ < place.next_sequence ? give_gap(place.next_sequence) : Chunk{};
    }
    if (const auto first = scanner_->frame().header.first_sequence; first > next_sequence_) {
        return give_gap(first);
    }
    take_lines(bytes_max, count_max);
    // All lines of a chunk stand in the scanner's buffer: only frames that are in it already join.
    const std::uint64_t limit = readable_bytes(place);
    while (!has_frame_ && bytes_max > 0 && count_max > 0 && scanner_->next_buffered(limit)) {
        has_frame_ = true;
        if (scanner_->frame().header.first_sequence != next_sequence_) break;
        take_lines(bytes_max, count_max);
    }
    return Chunk{runs_, std::nullopt};
}

}  // namespace eventfwd

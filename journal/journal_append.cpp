// What appending threads do with the journal.
#include <fmt/format.h>

#include <algorithm>

#include "core/check.h"
#include "journal/journal.h"

namespace eventfwd {
namespace {

// Calls APPEND, and once more where a limit on the size of files has ended a segment.
template <class Append>
Result<SequenceRange> in_next_segment_if_too_large(Append&& append) {
    auto appended = append();
    if (!appended && appended.error().code == EFBIG) appended = append();
    return appended;
}

}  // namespace

// Begins a new segment. Nothing here waits for the disk: the next sync makes the file's name
// durable before anything in it.
Result<> Journal::roll() {
    const std::uint64_t number =
        catalog_.empty() ? active_.number() + 1 : catalog_.last().number + 1;
    const Instant now = clock_.now();
    if (auto begun = active_.begin({number, next_sequence_, now, id_}); !begun) return begun;
    syncer_.note_begun(active_.file());
    catalog_.add(
        {number, next_sequence_, active_.bytes(), now, kSegmentVersion, clock_.steady_now()});
    return {};
}

void Journal::fire_drop_signal() {
    if (drop_signal_ != nullptr) drop_signal_->fire(clock_.now());
}

// The error for which the disk counts as full; 0: it does not.
int Journal::missing_space() const {
    const int unsynced = unsynced_for_;
    return unsynced != 0 ? unsynced : reserve_.missing_for();
}

// The disk is full below max_size: the same case. Maintenance is woken to remove what can go.
std::unexpected<Error> Journal::refuse_for_full_disk(int code) {
    fire_drop_signal();
    retention_.make_room_on_disk(options_);
    return failure(fmt::format("append to journal {}: {}", path_, error_text(code)), ENOSPC);
}

// A segment that must not become larger is ended: EFBIG says that the append can be tried in the
// next one. Where one frame alone is too much, no segment that goes makes room for it.
std::unexpected<Error> Journal::refuse(const Error& error) {
    if (is_full_disk(error.code)) return refuse_for_full_disk(error.code);
    if (error.code == EFBIG && !active_.end_here()) {
        return failure(fmt::format("append to journal {}: {}", path_, error.message), ENOSPC);
    }
    return std::unexpected(error);
}

// Makes room for BYTES with COUNT events: in a segment, below max_size, and in the numbers.
Result<> Journal::prepare_append(std::uint64_t bytes, std::uint64_t count) {
    if (const int code = missing_space(); code != 0) return refuse_for_full_disk(code);
    // First, so that the segment that was full can go for this one.
    if (!active_.has_room(bytes, options_.segment_bytes)) {
        if (auto rolled = roll(); !rolled) return refuse(rolled.error());
    }
    const std::size_t leaving = retention_.leaving().size();
    const bool has_room = retention_.make_room(options_, bytes);
    if (retention_.leaving().size() > leaving) fire_drop_signal();
    if (!has_room) {
        return failure(fmt::format("append to journal {}: max_size is reached", path_), ENOSPC);
    }
    const std::uint64_t end = next_sequence_ + count;
    if (reservation_.covers(end)) return {};
    const auto reserved = reservation_.reserve(end);
    return reserved ? Result<>{} : refuse(reserved.error());
}

Result<SequenceRange> Journal::append(std::string_view lines, std::size_t count) {
    return in_next_segment_if_too_large([&] { return append_frame(lines, count); });
}

Result<SequenceRange> Journal::append_frame(std::string_view lines, std::size_t count) {
    EVENTFWD_CHECK(count > 0 && lines.size() <= kFrameBytesMax);
    FrameHeader header;
    header.count = static_cast<std::uint32_t>(count);
    header.bytes = static_cast<std::uint32_t>(lines.size());
    const std::uint64_t lines_checksum = checksum_of(lines);
    std::unique_lock lock(mutex_);
    if (auto prepared = prepare_append(header.frame_bytes(), count); !prepared) {
        return std::unexpected(prepared.error());
    }
    header.first_sequence = next_sequence_;
    header.instant = clock_.now();
    const auto head = encode_plain(header, lines_checksum, active_.number());
    iovec parts[] = {as_iovec({head.data(), head.size()}), as_iovec(lines)};
    return write_append(lock, parts, header.frame_bytes(), count, header.instant);
}

Result<SequenceRange> Journal::append(std::span<const LineBlock> blocks) {
    EVENTFWD_CHECK(!blocks.empty());
    // The smallest frame says all of it.
    if (blocks.size() == 1 && blocks[0].message_ids.empty()) {
        return append(blocks[0].lines, blocks[0].count);
    }
    BlockFrames frames(blocks);
    EVENTFWD_CHECK(frames.lines_bytes() <= kAppendBytesMax);
    return in_next_segment_if_too_large([&] { return append_frames(frames); });
}

Result<SequenceRange> Journal::append_frames(BlockFrames& frames) {
    std::unique_lock lock(mutex_);
    if (auto prepared = prepare_append(frames.bytes(), frames.count()); !prepared) {
        return std::unexpected(prepared.error());
    }
    const Instant now = clock_.now();
    const auto parts = frames.encode(next_sequence_, now, active_.number());
    return write_append(lock, parts, frames.bytes(), frames.count(), now);
}

// Writes PARTS, BYTES with COUNT events, for which there is room. LOCK, of mutex_, is released.
Result<SequenceRange> Journal::write_append(std::unique_lock<std::mutex>& lock,
                                            std::span<iovec> parts, std::uint64_t bytes,
                                            std::uint64_t count, Instant instant) {
    if (auto written = active_.write(parts, bytes, options_.segment_bytes); !written) {
        return refuse(written.error());
    }
    const SequenceRange range{next_sequence_, next_sequence_ + count - 1};
    next_sequence_ += count;
    Segment& segment = catalog_.last();
    segment.bytes = active_.bytes();
    segment.earliest = std::min(segment.earliest, instant);
    segment.latest = std::max(segment.latest, instant);
    times_.note(range.first, clock_.steady_now());
    syncer_.note_appended(active_.file());
    for (AppendSignal* signal : signals_)
        signal->fire(instant);
    const bool is_never_synced = options_.sync.when == SyncPolicy::When::never;
    lock.unlock();
    if (is_never_synced) synced_.reach(range.last);
    return range;
}

void Journal::add_signal(AppendSignal& signal) {
    const std::lock_guard lock(mutex_);
    signals_.push_back(&signal);
}

void Journal::set_drop_signal(AppendSignal* signal) {
    const std::lock_guard lock(mutex_);
    drop_signal_ = signal;
}

void Journal::remove_signal(AppendSignal& signal) {
    const std::lock_guard lock(mutex_);
    std::erase(signals_, &signal);
}

Result<> Journal::number_above(std::uint64_t number) {
    if (number > kSequenceMax) {
        return failure(
            fmt::format("number journal {} above {}: no event has such a number", path_, number),
            EINVAL);
    }
    const std::lock_guard lock(mutex_);
    if (number >= next_sequence_) leave_out_up_to(number);
    // A save that failed may have been done all the same: nothing is taken back, and the next call
    // saves it again.
    if (!left_out_.contains(number) || state_.state().left_out.contains(number)) return {};
    return reservation_.reserve(next_sequence_,
                                [&](JournalState& state) { state.left_out = left_out_; });
}

void Journal::leave_out_up_to(std::uint64_t number) {
    const std::uint64_t last = next_sequence_ - 1;
    left_out_.add(next_sequence_, number + 1);
    next_sequence_ = number + 1;
    if (synced_sequence_ == last) synced_sequence_ = number;  // there is nothing to sync
    probe_.numbering_raised(last, number);
    for (AppendSignal* signal : signals_)
        signal->fire(clock_.now());
}

}  // namespace eventfwd

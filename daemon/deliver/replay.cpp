#include "daemon/deliver/replay.h"

#include <algorithm>

namespace eventfwd {

Replay::Replay(const JournalView& journal, SequenceRange range)
    : journal_(journal), range_(range), next_(range.first) {
    status_.what = "replay";
    status_.total = range.last + 1 - range.first;
}

Result<bool> Replay::load(InFlightBatch& in_flight, std::size_t bytes_max, std::size_t count_max) {
    while (next_ <= range_.last) {
        if (reader_ == nullptr || reader_->next_sequence() != next_) {
            reader_ = std::make_unique<TailReader>(journal_, next_);
        }
        const std::uint64_t left = range_.last + 1 - next_;
        const auto chunk = reader_->next(bytes_max, std::min<std::uint64_t>(count_max, left));
        if (!chunk) return std::unexpected(chunk.error());
        if (chunk->runs.empty() && !chunk->gap) break;  // the journal ends before the range does
        if (chunk->gap) {
            const std::uint64_t end = std::min(chunk->gap->end, range_.last + 1);
            status_.gone += end - next_;
            pass(end);
            continue;
        }
        in_flight.take(chunk->runs, reader_->last_instant());
        return true;
    }
    status_.is_over = true;
    return false;
}

void Replay::settle(const InFlightBatch& in_flight, const std::vector<RefusedLine>& refused) {
    status_.sent += in_flight.batch.count - refused.size();
    status_.refused += refused.size();
    status_.left_out += in_flight.end - in_flight.begin - in_flight.batch.count;
    pass(in_flight.end);
}

void Replay::pass(std::uint64_t next) {
    next_ = next;
    status_.done = next - range_.first;
}

}  // namespace eventfwd

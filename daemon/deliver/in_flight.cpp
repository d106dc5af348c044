#include "daemon/deliver/in_flight.h"

#include <algorithm>

namespace eventfwd {

void InFlightBatch::cover(std::span<const LineRun> runs, Instant last) {
    if (begin == 0) begin = runs.front().first_sequence;
    end = runs.back().end_sequence();
    instant = last;
}

void InFlightBatch::take(std::span<const LineRun> runs, Instant last) {
    cover(runs, last);
    for (const LineRun& run : runs) {
        const std::size_t at = lines_.size();
        lines_ += run.lines;
        runs_.push_back({run.first_sequence, run.count, std::string_view(lines_).substr(at)});
        count_ += run.count;
    }
}

void InFlightBatch::keep(const Batch& made) {
    batch = made;
    if (made.runs.data() == runs_.data()) return;
    sources_.assign(made.sources.begin(), made.sources.end());
    batch.sources = batch.runs = sources_;
    if (made.runs.data() == made.sources.data()) return;
    rendered_.reserve(made.bytes());
    for (const LineRun& run : made.runs) {
        const std::size_t at = rendered_.size();
        rendered_ += run.lines;
        rendered_runs_.push_back(
            {run.first_sequence, run.count, std::string_view(rendered_).substr(at)});
    }
    batch.runs = rendered_runs_;
}

void InFlightBatch::settle() {
    lines_end_ = lines_end();
    is_settled = true;
    batch = {};
    lines_ = {};
    runs_ = {};
    sources_ = {};
    rendered_runs_ = {};
    rendered_ = {};
}

void InFlightBatch::join(const InFlightBatch& next) {
    end = next.end;
    instant = next.instant;
    lines_end_ = next.lines_end_;
    counts.add(next.counts);
}

void InFlightQueue::settle(InFlightBatch& in_flight) {
    in_flight.settle();
    auto at = std::ranges::find(queue_, &in_flight, &std::unique_ptr<InFlightBatch>::get);
    if (at != queue_.begin() && (*std::prev(at))->is_settled) --at;
    while (std::next(at) != queue_.end() && (*std::next(at))->is_settled) {
        (*at)->join(**std::next(at));
        at = std::prev(queue_.erase(std::next(at)));
    }
}

std::unique_ptr<InFlightBatch> InFlightQueue::take_settled() {
    if (queue_.empty() || !queue_.front()->is_settled) return nullptr;
    auto in_flight = std::move(queue_.front());
    queue_.pop_front();
    return in_flight;
}

void InFlightQueue::clear(SettledAhead& ahead) {
    SettledAhead all;
    for (const auto& each : queue_) {
        if (each->is_settled) all.add({{each->begin, each->end - 1}, each->instant, each->counts});
    }
    for (const SettledAhead::Run& run : ahead.runs())
        all.add(run);
    ahead = std::move(all);
    queue_.clear();
}

}  // namespace eventfwd

#include "daemon/deliver/batch_parts.h"

#include <algorithm>
#include <numeric>

namespace eventfwd {
namespace {

// TEXT's first COUNT lines.
std::string_view first_lines(std::string_view text, std::size_t count) {
    std::size_t end = 0;
    for (; count > 0; --count)
        end = text.find('\n', end) + 1;
    return text.substr(0, end);
}

// The lines [BEGIN, END) of RUNS.
std::vector<LineRun> cut(std::span<const LineRun> runs, std::size_t begin, std::size_t end) {
    std::vector<LineRun> cut;
    std::size_t first = 0;  // index of the run's first line
    for (const LineRun& run : runs) {
        const std::size_t from = std::max(begin, first);
        const std::size_t to = std::min(end, first + run.count);
        if (from < to) {
            const std::string_view lines =
                first_lines(without_lines(run.lines, from - first), to - from);
            cut.push_back(
                {run.first_sequence + from - first, static_cast<std::uint32_t>(to - from), lines});
        }
        first += run.count;
    }
    return cut;
}

}  // namespace

BatchParts::BatchParts(const Batch& batch) : whole_(batch) {
    push({0, batch.count});
    select();
}

void BatchParts::push(Part part) {
    if (part.size() > 0) parts_.push_back(part);
}

void BatchParts::select() {
    if (parts_.empty()) return;
    const Part part = parts_.back();
    current_ = whole_;
    if (part.size() == whole_.count) return;
    runs_ = cut(whole_.runs, part.begin, part.end);
    sources_ = cut(whole_.sources, part.begin, part.end);
    current_.runs = runs_;
    current_.sources = sources_;
    current_.count = part.size();
}

void BatchParts::apply(const Outcome& outcome) {
    Part& part = parts_.back();
    switch (outcome.kind) {
        case Outcome::Kind::delivered:
            for (const RefusedLine& line : outcome.refused)
                refuse({part.begin + line.index, line.reason, line.text});
            parts_.pop_back();
            break;
        case Outcome::Kind::try_again:
        case Outcome::Kind::hold:
            if (outcome.settled == 0) return;
            part.begin += outcome.settled;
            if (part.size() == 0) parts_.pop_back();
            break;
        case Outcome::Kind::reject:
            cut_out(outcome);
            break;
    }
    select();
}

void BatchParts::cut_out(const Outcome& outcome) {
    const Part part = parts_.back();
    parts_.pop_back();
    // A destination can name a line that it was not sent.
    const bool is_known = outcome.culprit && *outcome.culprit < part.size();
    if (is_known || part.size() == 1) {
        const std::size_t culprit = part.begin + (is_known ? *outcome.culprit : 0);
        refuse({culprit, outcome.reason, outcome.text});
        push({culprit + 1, part.end});
        push({part.begin, culprit});
        return;
    }
    const std::size_t middle = std::midpoint(part.begin, part.end);
    push({middle, part.end});
    push({part.begin, middle});
}

// In its place: what stands before a rejected line is sent after it was rejected.
void BatchParts::refuse(RefusedLine line) {
    const auto place = std::ranges::upper_bound(refused_, line.index, {}, &RefusedLine::index);
    refused_.insert(place, std::move(line));
}

std::size_t BatchParts::settled() const {
    return std::accumulate(
        parts_.begin(), parts_.end(), whole_.count,
        [](std::size_t settled, const Part& part) { return settled - part.size(); });
}

}  // namespace eventfwd

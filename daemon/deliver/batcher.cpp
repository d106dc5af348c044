#include "daemon/deliver/batcher.h"

#include <numeric>

namespace eventfwd {
namespace {

std::size_t total_count(std::span<const LineRun> runs) {
    return std::accumulate(runs.begin(), runs.end(), std::size_t{0},
                           [](std::size_t sum, const LineRun& run) { return sum + run.count; });
}

}  // namespace

bool Batcher::passes(std::string_view line) {
    if (match_.passes_all()) return true;
    const auto head = parser_.parse_head(line);
    return head && match_.application.passes(head->application) && match_.event.passes(head->event);
}

Batch Batcher::make(std::span<const LineRun> runs) {
    if (match_.passes_all() && form_ == Form::line) return {runs, total_count(runs)};
    runs_.clear();
    offsets_.clear();
    rendered_.clear();
    for (const LineRun& run : runs) {
        std::uint64_t sequence = run.first_sequence;
        for (std::string_view rest = run.lines; !rest.empty(); ++sequence) {
            const std::string_view line = rest.substr(0, rest.find('\n') + 1);
            rest.remove_prefix(line.size());
            if (passes(line.substr(0, line.size() - 1))) add_line(sequence, line);
        }
    }
    for (std::size_t at = 0; at < offsets_.size(); ++at) {
        const std::size_t end = at + 1 < offsets_.size() ? offsets_[at + 1] : rendered_.size();
        runs_[at].lines = std::string_view(rendered_).substr(offsets_[at], end - offsets_[at]);
    }
    return {runs_, total_count(runs_)};
}

// Adds LINE, with its line feed, to the last run where it follows that, else to a new one.
void Batcher::add_line(std::uint64_t sequence, std::string_view line) {
    const bool follows = !runs_.empty() && runs_.back().end_sequence() == sequence;
    if (form_ == Form::line) {
        if (follows && runs_.back().lines.data() + runs_.back().lines.size() == line.data()) {
            runs_.back().lines = {runs_.back().lines.data(),
                                  runs_.back().lines.size() + line.size()};
            ++runs_.back().count;
        } else {
            runs_.push_back({sequence, 1, line});
        }
        return;
    }
    if (follows) {
        ++runs_.back().count;
    } else {
        runs_.push_back({sequence, 1, {}});
        offsets_.push_back(rendered_.size());
    }
    append_form(rendered_, form_, line.substr(0, line.size() - 1), parser_);
    rendered_ += '\n';
}

}  // namespace eventfwd

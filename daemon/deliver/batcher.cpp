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
    if (passes_all_) return true;
    const auto head = parser_.parse_head(line);
    return head && match_.application.passes(head->application) && match_.event.passes(head->event);
}

Batch Batcher::make(std::span<const LineRun> runs) {
    if (passes_all_ && form_ == Form::line) return {runs, runs, total_count(runs)};
    sources_.clear();
    runs_.clear();
    offsets_.clear();
    rendered_.clear();
    for (const LineRun& run : runs) {
        std::uint64_t sequence = run.first_sequence;
        for (std::string_view rest = run.lines; !rest.empty(); ++sequence) {
            const std::string_view line = rest.substr(0, rest.find('\n') + 1);
            rest.remove_prefix(line.size());
            if (!passes(line.substr(0, line.size() - 1))) continue;
            add_source(sequence, line);
            if (form_ != Form::line) add_rendered(sequence, line);
        }
    }
    const std::size_t count = total_count(sources_);
    if (form_ == Form::line) return {sources_, sources_, count};
    for (std::size_t at = 0; at < offsets_.size(); ++at) {
        const std::size_t end = at + 1 < offsets_.size() ? offsets_[at + 1] : rendered_.size();
        runs_[at].lines = std::string_view(rendered_).substr(offsets_[at], end - offsets_[at]);
    }
    return {runs_, sources_, count};
}

// Adds LINE, with its line feed, to the last run where it follows that, else to a new one.
void Batcher::add_source(std::uint64_t sequence, std::string_view line) {
    if (!sources_.empty()) {
        LineRun& last = sources_.back();
        if (last.end_sequence() == sequence &&
            last.lines.data() + last.lines.size() == line.data()) {
            last.lines = {last.lines.data(), last.lines.size() + line.size()};
            ++last.count;
            return;
        }
    }
    sources_.push_back({sequence, 1, line});
}

void Batcher::add_rendered(std::uint64_t sequence, std::string_view line) {
    if (!runs_.empty() && runs_.back().end_sequence() == sequence) {
        ++runs_.back().count;
    } else {
        runs_.push_back({sequence, 1, {}});
        offsets_.push_back(rendered_.size());
    }
    append_form(rendered_, form_, line.substr(0, line.size() - 1), parser_);
    rendered_ += '\n';
}

}  // namespace eventfwd

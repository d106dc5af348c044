#include "journal/left_out.h"

#include <algorithm>

#include "core/check.h"

namespace eventfwd {
namespace {

std::uint64_t size_of(const SequenceRange& range) {
    return range.last - range.first + 1;
}

}  // namespace

LeftOut::LeftOut(std::vector<SequenceRange> ranges, std::optional<std::uint64_t> total)
    : ranges_(std::move(ranges)) {
    for (const SequenceRange& range : ranges_)
        total_ += size_of(range);
    total_ = std::max(total_, total.value_or(0));
}

void LeftOut::add(std::uint64_t begin, std::uint64_t end) {
    while (!ranges_.empty() && ranges_.back().first >= begin) {
        total_ -= size_of(ranges_.back());
        ranges_.pop_back();
    }
    if (end <= begin) return;
    ranges_.push_back({begin, end - 1});
    total_ += end - begin;
    if (ranges_.size() > kRangesMax) ranges_.erase(ranges_.begin());
}

std::vector<SequenceRange>::const_iterator LeftOut::holding_or_above(std::uint64_t number) const {
    return std::ranges::lower_bound(ranges_, number, {}, &SequenceRange::last);
}

bool LeftOut::contains(std::uint64_t number) const {
    return contains(SequenceRange{number, number});
}

bool LeftOut::contains(const SequenceRange& numbers) const {
    const auto range = holding_or_above(numbers.first);
    return range != ranges_.end() && range->first <= numbers.first && numbers.last <= range->last;
}

std::optional<std::uint64_t> LeftOut::next(std::uint64_t number) const {
    const auto range = holding_or_above(number);
    if (range == ranges_.end()) return std::nullopt;
    return std::max(range->first, number);
}

std::uint64_t LeftOut::end_of(std::uint64_t number) const {
    EVENTFWD_CHECK(contains(number));
    return holding_or_above(number)->last + 1;
}

}  // namespace eventfwd

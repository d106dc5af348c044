#include "core/text/number_ranges.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/text/text_words.h"
#include "core/text/whole_number.h"

namespace eventfwd {

std::optional<NumberRange> parse_number_range(std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto first = whole_number<std::uint64_t>(text.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : whole_number<std::uint64_t>(text.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    return NumberRange{*first, *last};
}

void NumberRanges::add(NumberRange range) {
    auto at = ranges_.upper_bound(range.first);
    if (at != ranges_.begin()) {
        const auto before = std::prev(at);
        if (before->second >= range.first || before->second + 1 == range.first) at = before;
    }
    // Whatever touches the range becomes part of it.
    while (at != ranges_.end() && (at->first <= range.last || at->first - 1 == range.last)) {
        range = {std::min(range.first, at->first), std::max(range.last, at->second)};
        at = ranges_.erase(at);
    }
    ranges_[range.first] = range.last;
}

bool NumberRanges::contains(std::uint64_t number) const {
    const auto after = ranges_.upper_bound(number);
    return after != ranges_.begin() && std::prev(after)->second >= number;
}

std::uint64_t NumberRanges::count() const {
    std::uint64_t sum = 0;
    for (const auto& [first, last] : ranges_)
        sum += last - first + 1;
    return sum;
}

NumberRanges NumberRanges::within(NumberRange range) const {
    NumberRanges found;
    for (const auto& [first, last] : ranges_) {
        const NumberRange common{std::max(first, range.first), std::min(last, range.last)};
        if (common.first <= common.last) found.add(common);
    }
    return found;
}

std::string to_text(const NumberRanges& ranges) {
    std::string text;
    for (const auto& [first, last] : ranges.all()) {
        if (!text.empty()) text += ' ';
        text += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
    }
    return text;
}

std::optional<NumberRanges> parse_number_ranges(std::string_view text) {
    NumberRanges ranges;
    while (!text.empty()) {
        const auto range = parse_number_range(take_word(text));
        if (!range) return std::nullopt;
        ranges.add(*range);
    }
    return ranges;
}

}  // namespace eventfwd

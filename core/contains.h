// std::ranges::contains of C++23, which the reference compiler's library has not yet.
#pragma once

#include <algorithm>

namespace eventfwd {

template <class Range, class Value>
bool contains(const Range& range, const Value& value) {
    return std::ranges::find(range, value) != std::ranges::end(range);
}

}  // namespace eventfwd

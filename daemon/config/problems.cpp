#include "daemon/config/problems.h"

#include <algorithm>
#include <tuple>

namespace eventfwd {

Diagnostics Problems::sorted() const {
    Diagnostics sorted = found_;
    std::ranges::stable_sort(sorted, {}, [](const Diagnostic& problem) {
        return std::tuple(problem.place.line, problem.place.column);
    });
    return sorted;
}

}  // namespace eventfwd

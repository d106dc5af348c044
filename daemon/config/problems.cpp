#include "daemon/config/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace eventfwd {

void Problems::add(const Place& place, std::string_view key, std::string_view message) {
    std::string text = file_;
    if (place.line > 0) text += fmt::format(":{}:{}", place.line, place.column);
    if (!text.empty()) text += ": ";
    if (!key.empty()) text += fmt::format("{}: ", key);
    problems_.push_back({place, text + std::string(message)});
}

std::vector<std::string> Problems::texts() const {
    std::vector<Problem> sorted = problems_;
    std::ranges::stable_sort(sorted, {}, [](const Problem& problem) {
        return std::tuple(problem.place.line, problem.place.column);
    });
    std::vector<std::string> texts;
    for (Problem& problem : sorted)
        texts.push_back(std::move(problem.text));
    return texts;
}

}  // namespace eventfwd

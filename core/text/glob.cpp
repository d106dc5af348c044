#include "core/text/glob.h"

#include <algorithm>

namespace eventfwd {

bool glob_matches(std::string_view pattern, std::string_view name) {
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string_view::npos;  // the last "*" seen, and where the name was then:
    std::size_t resume = 0;                     // the only place ever worth going back to
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

GlobList::GlobList(const std::vector<std::string>& patterns) {
    for (const std::string& pattern : patterns) {
        if (pattern.starts_with('!')) {
            excluded_.push_back(pattern.substr(1));
        } else {
            included_.push_back(pattern);
        }
    }
}

bool GlobList::passes(std::string_view name) const {
    const auto matches = [name](const std::string& pattern) { return glob_matches(pattern, name); };
    return (included_.empty() || std::ranges::any_of(included_, matches)) &&
           std::ranges::none_of(excluded_, matches);
}

bool GlobList::passes_all() const {
    return excluded_.empty() &&
           (included_.empty() ||
            std::ranges::any_of(included_, [](const auto& pattern) { return pattern == "*"; }));
}

}  // namespace eventfwd

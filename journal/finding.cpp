#include "journal/finding.h"

#include <fmt/format.h>

namespace eventfwd {

std::string describe(const Finding& finding) {
    std::string text = finding.file;
    if (finding.end > finding.begin) {
        text += fmt::format(", bytes {} to {}", finding.begin, finding.end);
    } else if (finding.end > 0) {
        text += fmt::format(", byte {}", finding.begin);
    }
    text += ": " + finding.what;
    if (finding.numbers)
        text += fmt::format("; numbers {} to {}", finding.numbers->first, finding.numbers->last);
    return text;
}

}  // namespace eventfwd

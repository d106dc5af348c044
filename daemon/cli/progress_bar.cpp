#include "daemon/cli/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "core/text/printable.h"

namespace eventfwd {

namespace {
constexpr std::uint64_t kWidth = 30;
}

ProgressBar::ProgressBar() : is_shown_(::isatty(STDERR_FILENO) != 0) {}

ProgressBar::~ProgressBar() {
    if (is_shown_) fmt::print(stderr, "\r\x1B[K");
}

void ProgressBar::tell(std::uint64_t done, std::uint64_t total, const std::string& text) {
    const auto now = std::chrono::steady_clock::now();
    if (!is_shown_ || now - told_ < std::chrono::milliseconds(100)) return;
    told_ = now;
    const std::uint64_t full = total == 0 ? 0 : std::min(done, total) * kWidth / total;
    fmt::print(stderr, "\r\x1B[K[{}{}] {}", std::string(full, '#'), std::string(kWidth - full, '.'),
               printable(text));
    std::fflush(stderr);
}

}  // namespace eventfwd

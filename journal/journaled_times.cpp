#include "journal/journaled_times.h"

#include <algorithm>

namespace eventfwd {
namespace {

constexpr std::size_t kMarksMax = 1024;

}  // namespace

// Where there are too many marks, every second one goes, and new ones come half as often.
void JournaledTimes::note(std::uint64_t sequence, SteadyInstant now) {
    if (!marks_.empty() && now - marks_.back().at < step_) return;
    marks_.push_back({sequence, now});
    if (marks_.size() < kMarksMax) return;
    std::size_t at = 0;
    std::erase_if(marks_, [&](const Mark&) { return at++ % 2 == 1; });
    step_ *= 2;
}

SteadyInstant JournaledTimes::at(std::uint64_t sequence, Instant instant) const {
    if (sequence < first_sequence_ || marks_.empty()) {
        return opened_at_ - std::max(opened_wall_ - instant, std::chrono::microseconds(0));
    }
    const auto above = std::ranges::upper_bound(marks_, sequence, {}, &Mark::sequence);
    return above == marks_.begin() ? marks_.front().at : std::prev(above)->at;
}

}  // namespace eventfwd

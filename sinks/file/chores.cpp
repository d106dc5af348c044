#include "sinks/file/chores.h"

namespace eventfwd {
namespace {

// Beyond that all are forgotten, and reported anew: paths come from events, without an end.
constexpr std::size_t kFailingMax = 10'000;

}  // namespace

bool Chores::may_try(const std::string& path) const {
    if (failing_.empty()) return true;
    const auto failing = failing_.find(path);
    return failing == failing_.end() || SteadyClock::now() >= failing->second;
}

bool Chores::must_retry(const std::string& path) const {
    return !failing_.empty() && failing_.contains(path) && may_try(path);
}

void Chores::note(const std::string& path, const Result<>& tried) {
    if (tried) {
        if (failing_.erase(path) > 0) probe_.chore_recovered(path, what_);
        return;
    }
    if (failing_.size() >= kFailingMax) failing_.clear();
    const auto next = SteadyClock::now() + interval_;
    const auto [failing, is_first] = failing_.insert_or_assign(path, next);
    if (is_first) probe_.chore_failed(path, what_, tried.error());
}

void Chores::retry_now() {
    for (auto& [path, next] : failing_)
        next = {};
}

}  // namespace eventfwd

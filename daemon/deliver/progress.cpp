#include "daemon/deliver/progress.h"

namespace eventfwd {
namespace {

// STEP behind POSITION.
void advance(Position& position, const Position& step) {
    position.cursor = step.cursor;
    position.instant = step.instant;
    position.ledger.add(step.ledger);
}

}  // namespace

void Progress::settle(const Position& step, bool merges) {
    cursor_ = step.cursor;
    if (merges && !settled_.empty()) {
        advance(settled_.back(), step);
    } else {
        settled_.push_back(step);
    }
}

void Progress::make_durable(std::uint64_t number) {
    while (!settled_.empty() && settled_.front().cursor <= number) {
        advance(durable_, settled_.front());
        settled_.pop_front();
    }
}

}  // namespace eventfwd

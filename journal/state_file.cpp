#include "journal/state_file.h"

namespace eventfwd {

Result<> StateFile::change(const std::function<void(JournalState&)>& change) {
    const std::lock_guard lock(mutex_);
    JournalState wanted = state_;
    change(wanted);
    const auto saved =
        reserve_.with_reserve([&] { return save_state(files_, directory_, wanted); });
    if (saved) state_ = std::move(wanted);
    return saved;
}

JournalState StateFile::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

}  // namespace eventfwd

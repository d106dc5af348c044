#include "journal/number_reservation.h"

#include <algorithm>

namespace eventfwd {

Result<> NumberReservation::reserve(std::uint64_t end,
                                    const std::function<void(JournalState&)>& also) {
    const std::uint64_t wanted = end + kReservationBlock;
    std::uint64_t reserved = 0;
    auto saved = state_.change([&](JournalState& state) {
        const bool is_first = ceiling_ == 0;  // then recovery has used up the old ceiling
        state.ceiling = is_first ? wanted : std::max(state.ceiling, wanted);
        state.is_closed = false;
        reserved = state.ceiling;
        if (also) also(state);
    });
    if (saved) ceiling_ = reserved;
    return saved;
}

Result<> NumberReservation::reserve_ahead(std::uint64_t next) {
    if (covers(next + kReservationBlock)) return {};
    return reserve(next + kReservationBlock);
}

Result<> NumberReservation::give_back(std::uint64_t next) {
    auto saved = state_.change([&](JournalState& state) {
        state.ceiling = next;
        state.is_closed = true;
    });
    if (saved) ceiling_ = next;
    return saved;
}

}  // namespace eventfwd

#include "journal/append_end.h"

namespace eventfwd {

const AppendEnd::Place& AppendEnd::readable(const FrameWalkEnd& end,
                                            const JournalState& state) const {
    const bool is_damaged = end.why == FrameWalkEnd::Why::garbage || state.is_closed;
    const bool was_damaged =
        state.left_out.contains(last_.sequence) && !state.left_out.contains(open_first_);
    return is_damaged || was_damaged ? last_ : whole_;
}

Result<std::uint64_t> end_of_appends(const File& file, std::uint64_t number, std::uint64_t limit,
                                     const JournalState& state) {
    AppendEnd appends;
    const auto end = walk_frames(
        file, number, limit, [&](const Frame& frame) { appends.take(frame); }, ignore_damage);
    if (!end) return std::unexpected(end.error());
    if (end->why == FrameWalkEnd::Why::garbage || state.is_closed) return limit;
    return appends.readable(*end, state).offset;
}

}  // namespace eventfwd

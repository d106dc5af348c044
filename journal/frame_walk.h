// One walk over the frames of a segment, from its first to where they end, for everything that
// looks at a whole segment. A reader that follows appends uses FrameScanner itself.
#pragma once

#include <type_traits>

#include "journal/frame_scanner.h"

namespace eventfwd {

// How a walk ended, at byte OFFSET of the segment.
struct FrameWalkEnd {
    enum class Why {
        whole,    // nothing but good frames up to the limit
        torn,     // the beginning of a frame that was never finished stands there
        garbage,  // bytes stand there that are no frame, and no beginning of one
        stopped,  // the visitor had seen enough
    };
    Why why = Why::whole;
    std::uint64_t offset = 0;  // behind the last good frame
};

// Walks over segment NUMBER, which is FILE, up to byte LIMIT. ON_FRAME is called with each good
// frame; where it returns a bool, false stops the walk. ON_DAMAGE is called with the bytes
// [begin, end) of each damage that has a good frame behind it. Fails where the file cannot be read.
template <class OnFrame, class OnDamage>
Result<FrameWalkEnd> walk_frames(const File& file, std::uint64_t number, std::uint64_t limit,
                                 OnFrame&& on_frame, OnDamage&& on_damage) {
    using Why = FrameWalkEnd::Why;
    FrameScanner scanner(file, number, kSegmentHeaderBytes);
    while (true) {
        const auto found = scanner.next(limit);
        if (!found) return std::unexpected(found.error());
        switch (*found) {
            case FrameScanner::Found::frame:
                if constexpr (std::is_same_v<std::invoke_result_t<OnFrame, const Frame&>, bool>) {
                    if (!on_frame(scanner.frame())) {
                        return FrameWalkEnd{Why::stopped, scanner.offset()};
                    }
                } else {
                    on_frame(scanner.frame());
                }
                break;
            case FrameScanner::Found::damage:
                on_damage(scanner.damage_begin(), scanner.offset());
                break;
            case FrameScanner::Found::end:
                return FrameWalkEnd{Why::whole, scanner.offset()};
            case FrameScanner::Found::torn:
                return FrameWalkEnd{Why::torn, scanner.offset()};
            case FrameScanner::Found::garbage:
                return FrameWalkEnd{Why::garbage, scanner.offset()};
        }
    }
}

// For a visitor that steps over damage.
inline void ignore_damage(std::uint64_t /*begin*/, std::uint64_t /*end*/) {}

}  // namespace eventfwd

// The line: the one form in which an event is stored, and what every sink starts from.
//
//     2011-08-08T11:45:17.735045Z application="myapp" event="login" distinct_id="u1" increment="3"
//     analytics_prop__username="ann" …                                   (all of it on one line)
#pragma once

#include <expected>
#include <memory>
#include <string_view>

#include "formatter/event.h"
#include "formatter/refusal.h"

namespace eventfwd {

// A block of lines, each with its line feed, that events are rendered into. Its memory is taken
// once and touched only as far as it is used.
class LineBuffer {
  public:
    // As many bytes as one frame of the journal holds.
    static constexpr std::size_t kBytesMax = 256 * 1024;

    LineBuffer();

    // Renders EVENT and a line feed behind the lines that are there. An event whose line is over
    // kLineBytesMax leaves no trace. There must be room.
    std::expected<void, Refusal> append(const Event& event);

    // Forgets the line that was appended last.
    void take_back() {
        used_ = last_;
        --count_;
    }

    // Whether any line still fits into kBytesMax.
    bool has_room() const { return used_ + kLineBytesMax + 1 <= kBytesMax; }
    std::string_view bytes() const { return {memory_.get(), used_}; }
    std::size_t count() const { return count_; }
    bool empty() const { return count_ == 0; }
    void clear() { used_ = count_ = 0; }

  private:
    std::unique_ptr<char[]> memory_;
    std::size_t used_ = 0;   // bytes
    std::size_t count_ = 0;  // lines
    std::size_t last_ = 0;   // where the last one begins
};

}  // namespace eventfwd

// Whole lines that stand together in memory, with the numbers the journal gave them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace eventfwd {

struct LineRun {
    std::uint64_t first_sequence = 0;
    std::uint32_t count = 0;
    std::string_view lines;  // each with its line feed

    std::uint64_t end_sequence() const { return first_sequence + count; }
};

// LINES without its first COUNT lines.
inline std::string_view without_lines(std::string_view lines, std::uint64_t count) {
    for (; count > 0; --count)
        lines.remove_prefix(lines.find('\n') + 1);
    return lines;
}

// Steps through the lines of runs, one after the other, each with its line feed.
class LineWalk {
  public:
    explicit LineWalk(std::span<const LineRun> runs) : runs_(runs) {}

    // There must be one more.
    std::string_view next() {
        ++sequence_;
        while (rest_.empty()) {
            rest_ = runs_.front().lines;
            sequence_ = runs_.front().first_sequence;
            runs_ = runs_.subspan(1);
        }
        const std::string_view line = rest_.substr(0, rest_.find('\n') + 1);
        rest_.remove_prefix(line.size());
        return line;
    }

    // The number of the line that next() gave last.
    std::uint64_t sequence() const { return sequence_; }

  private:
    std::span<const LineRun> runs_;
    std::string_view rest_;
    std::uint64_t sequence_ = 0;
};

}  // namespace eventfwd

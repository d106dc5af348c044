// Numbers that were never issued, or were and are lost without a trace: a start left them out,
// after a power cut or damage, because they may have been issued. The last ranges are remembered,
// and how many numbers there ever were.
#pragma once

#include <optional>
#include <vector>

#include "journal/format.h"

namespace eventfwd {

class LeftOut {
  public:
    static constexpr std::size_t kRangesMax = 64;

    LeftOut() = default;
    // As it was saved; where TOTAL was not, it is what RANGES hold. RANGES ascend.
    LeftOut(std::vector<SequenceRange> ranges, std::optional<std::uint64_t> total);

    // The numbers [BEGIN, END) are left out. Numbering goes on at END: what was left out from BEGIN
    // on before is part of that.
    void add(std::uint64_t begin, std::uint64_t end);

    const std::vector<SequenceRange>& ranges() const { return ranges_; }  // ascending
    std::uint64_t total() const { return total_; }  // of all, also of those that are forgotten
    // Every number issued since the last range was left out is not below it.
    std::uint64_t floor() const { return ranges_.empty() ? 1 : ranges_.back().last + 1; }

    bool contains(std::uint64_t number) const;
    bool contains(const SequenceRange& numbers) const;
    // The first number from NUMBER on that is left out; nothing where there is none.
    std::optional<std::uint64_t> next(std::uint64_t number) const;
    // Behind the range that holds NUMBER.
    std::uint64_t end_of(std::uint64_t number) const;

  private:
    std::vector<SequenceRange>::const_iterator holding_or_above(std::uint64_t number) const;

    std::vector<SequenceRange> ranges_;
    std::uint64_t total_ = 0;
};

}  // namespace eventfwd

// A set of numbers as ranges, as people write them on a command line: "3-17 20". Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace eventfwd {

struct NumberRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    bool operator==(const NumberRange&) const = default;
};

// "3-17" or "20". Nothing where TEXT is neither, or ends before it begins.
std::optional<NumberRange> parse_number_range(std::string_view text);

class NumberRanges {
  public:
    void add(NumberRange range);
    void add(std::uint64_t number) { add({number, number}); }

    bool contains(std::uint64_t number) const;
    bool empty() const { return ranges_.empty(); }
    // How many numbers there are in all.
    std::uint64_t count() const;
    // Those of them that are in RANGE.
    NumberRanges within(NumberRange range) const;
    // First to last, ascending; none touches another.
    const std::map<std::uint64_t, std::uint64_t>& all() const { return ranges_; }

  private:
    std::map<std::uint64_t, std::uint64_t> ranges_;
};

// "3-17 20", and back. Nothing where a word of TEXT is no range.
std::string to_text(const NumberRanges& ranges);
std::optional<NumberRanges> parse_number_ranges(std::string_view text);

}  // namespace eventfwd

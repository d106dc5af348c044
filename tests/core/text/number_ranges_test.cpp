#include "core/text/number_ranges.h"

#include <gtest/gtest.h>

#include <set>

#include "support/dice.h"

namespace eventfwd {
namespace {

TEST(NumberRanges, AreReadAsTheyAreWritten) {
    for (const char* text : {"", "7", "3-17 20", "1-2 4-5 18446744073709551615"}) {
        const auto ranges = parse_number_ranges(text);
        ASSERT_TRUE(ranges) << text;
        EXPECT_EQ(to_text(*ranges), text);
    }
    for (const char* text :
         {"x", "3-", "-3", "5-4", "3-17-20", "1  2", "1,2", "18446744073709551616"}) {
        EXPECT_FALSE(parse_number_ranges(text)) << text;
    }
}

TEST(NumberRanges, ThatTouchBecomeOne) {
    EXPECT_EQ(to_text(*parse_number_ranges("5 3-4 6-9 2 9-10")), "2-10");
    EXPECT_EQ(to_text(*parse_number_ranges("1-3 10-20 2-15 22")), "1-20 22");
}

TEST(NumberRanges, KnowTheirPart) {
    const NumberRanges ranges = *parse_number_ranges("3-17 20 30-40");
    EXPECT_EQ(to_text(ranges.within({10, 30})), "10-17 20 30");
    EXPECT_TRUE(ranges.within({18, 19}).empty());
    EXPECT_EQ(ranges.count(), 27U);
}

TEST(NumberRanges, AreASetWhateverIsAdded) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        test::Dice dice(seed);
        NumberRanges ranges;
        std::set<std::uint64_t> expected;
        for (int i = 0; i < 20; ++i) {
            const std::uint64_t first = dice.below(100);
            const std::uint64_t last = first + dice.below(10);
            ranges.add({first, last});
            for (std::uint64_t number = first; number <= last; ++number)
                expected.insert(number);
        }
        EXPECT_EQ(ranges.count(), expected.size());
        for (std::uint64_t number = 0; number < 120; ++number)
            ASSERT_EQ(ranges.contains(number), expected.contains(number)) << number;
    }
}

}  // namespace
}  // namespace eventfwd

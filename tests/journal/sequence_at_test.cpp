#include "journal/sequence_at.h"

#include <gtest/gtest.h>

#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

class SequenceAt : public test::JournalFixture<> {};

TEST_F(SequenceAt, FindsTheFirstNumberOfATime) {
    open();
    const Instant before = clock_.now();
    append({"a", "b"});
    clock_.advance(std::chrono::seconds(10));
    append({"c"});
    EXPECT_EQ(sequence_at(*journal_, before - std::chrono::hours(1)).value(), 1U);
    EXPECT_EQ(sequence_at(*journal_, before).value(), 1U);
    EXPECT_EQ(sequence_at(*journal_, before + std::chrono::seconds(5)).value(), 3U);
    EXPECT_EQ(sequence_at(*journal_, before + std::chrono::seconds(11)).value(), 4U);
}

}  // namespace
}  // namespace eventfwd

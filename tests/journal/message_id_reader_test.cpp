#include "journal/message_id_reader.h"

#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

using Ids = std::vector<std::uint64_t>;

class MessageIds : public test::JournalFixture<> {
  protected:
    // All of them, the newest frame first.
    Ids read_ids() {
        MessageIdReader reader(*journal_);
        Ids ids;
        while (true) {
            const auto frame = reader.next();
            EXPECT_TRUE(frame) << frame.error().message;
            if (!frame || !*frame) return ids;
            ids.insert(ids.end(), (*frame)->ids.begin(), (*frame)->ids.end());
        }
    }
};

TEST_F(MessageIds, ComeNewestFirstFromAllSegments) {
    options_.segment_bytes = 400;
    open();
    append_blocks({{"a", "b"}, {"c"}}, {{1, 2}, {3}});
    append({std::string(300, 'x')});
    append_blocks({{"d"}, {"e"}}, {{4}, {}});
    append_blocks({{std::string(200, 'f')}}, {{5}});
    ASSERT_GT(journal_->status().segments, 2U);
    EXPECT_EQ(read_ids(), (Ids{5, 4, 3, 1, 2}));
    crash();
    open();
    EXPECT_EQ(read_ids(), (Ids{5, 4, 3, 1, 2}));
}

TEST_F(MessageIds, ComeWithTheNumbersAndTheInstantOfTheirFrame) {
    open();
    append({"a"});
    clock_.advance(std::chrono::seconds(5));
    append_blocks({{"b", "c"}, {"d"}}, {{7}, {8}});
    MessageIdReader reader(*journal_);
    const auto newest = reader.next();
    ASSERT_TRUE(newest && *newest);
    EXPECT_EQ((*newest)->numbers.first, 4U);
    EXPECT_EQ((*newest)->numbers.last, 4U);
    EXPECT_EQ((*newest)->instant, clock_.now());
    const auto older = reader.next();
    ASSERT_TRUE(older && *older);
    EXPECT_EQ((*older)->numbers.first, 2U);
    EXPECT_EQ((*older)->numbers.last, 3U);
}

TEST_F(MessageIds, AreNoneInAJournalOfDatagrams) {
    open();
    EXPECT_EQ(read_ids(), Ids{});
    for (int i = 0; i < 1000; ++i)
        append({std::string(100, 'x')});
    EXPECT_EQ(read_ids(), Ids{});
}

TEST_F(MessageIds, DamageCostsTheIdsThatItTouchesAndNoOthers) {
    open();
    append({"z"});
    const std::uint64_t begin = segment_size(1);
    append_blocks({{"a"}, {"b"}, {"c"}}, {{1}, {2}, {3}});
    const std::uint64_t frame = kBlockHeaderBytes + 2 + 8;
    ASSERT_EQ(segment_size(1), begin + 3 * frame);
    const auto damaged = [&](std::uint64_t at) {
        flip_byte(segment(1), at);
        const Ids ids = read_ids();
        flip_byte(segment(1), at);
        return ids;
    };
    EXPECT_EQ(read_ids(), (Ids{3, 2, 1}));
    for (std::uint64_t at = 0; at < kBlockHeaderBytes; ++at)
        EXPECT_EQ(damaged(begin + frame + at), (Ids{3, 1})) << "header, byte " << at;
    for (std::uint64_t at = kBlockHeaderBytes; at < frame; ++at)
        EXPECT_EQ(damaged(begin + frame + at), (Ids{3, 1})) << "lines and ids, byte " << at;
    for (std::uint64_t at = kSegmentHeaderBytes; at < begin; ++at)
        EXPECT_EQ(damaged(at), (Ids{3, 2, 1})) << "plain frame, byte " << at;
}

TEST_F(MessageIds, OfAnUnfinishedAppendAreGoneWithIt) {
    open();
    append_blocks({{"a"}, {"b"}}, {{1}, {2}});
    append_blocks({{"c"}, {"d"}}, {{3}, {4}});
    crash();
    std::filesystem::resize_file(segment(1), segment_size(1) - 1);
    open();
    EXPECT_EQ(read_ids(), (Ids{2, 1}));
}

}  // namespace
}  // namespace eventfwd

#include "journal/format.h"

#include <gtest/gtest.h>

#include "core/text/utf8.h"

namespace eventfwd {
namespace {

std::string_view view(const auto& bytes) {
    return {bytes.data(), bytes.size()};
}

TEST(SegmentHeader, ReadsBackWhatItWrote) {
    const SegmentHeader header{42, 1000, Instant{std::chrono::microseconds{123456789}}, {'i', 'd'}};
    const auto bytes = encode(header);
    const auto read = decode_segment_header(view(bytes));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->segment_number, 42U);
    EXPECT_EQ(read->first_sequence, 1000U);
    EXPECT_EQ(read->created, header.created);
    EXPECT_EQ(read->journal_id, header.journal_id);
}

TEST(SegmentHeader, IsRefusedWithAnyByteChanged) {
    const auto whole = encode(SegmentHeader{42, 1000, {}, {}});
    for (std::size_t at = 0; at < whole.size(); ++at) {
        auto damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        EXPECT_FALSE(decode_segment_header(view(damaged))) << "byte " << at;
        EXPECT_FALSE(decode_segment_header(view(whole).substr(0, at)));
    }
}

TEST(Frame, IsIntactOnlyAsItWasWrittenAndInItsOwnSegment) {
    const std::string lines = "one\ntwo\n";
    const auto bytes = encode(FrameHeader{7, {}, 2, 8}, lines, 42);
    EXPECT_EQ(decode_frame_header(view(bytes))->end_sequence(), 9U);
    EXPECT_TRUE(is_intact(view(bytes), lines, 42));
    EXPECT_FALSE(is_intact(view(bytes), lines, 43));
    EXPECT_FALSE(is_intact(view(bytes), "one\ntwO\n", 42));
    for (std::size_t at = 8; at < bytes.size(); ++at) {
        auto damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        EXPECT_FALSE(decode_frame_header(view(damaged)) && is_intact(view(damaged), lines, 42))
            << at;
    }
}

TEST(Frame, ItsMarkerCannotStandInALine) {
    EXPECT_FALSE(is_valid_utf8(kFrameMarker));
}

TEST(SegmentFileName, IsReadOnlyInTheFormThatIsWritten) {
    EXPECT_EQ(segment_file_name(42), "000042.seg");
    EXPECT_EQ(segment_number_of("000042.seg"), 42U);
    EXPECT_EQ(segment_number_of("1234567.seg"), 1234567U);
    for (const char* name : {"42.seg", "000042.seg.new", "x00042.seg", "state", ".seg", "000042"}) {
        EXPECT_FALSE(segment_number_of(name)) << name;
    }
}

}  // namespace
}  // namespace eventfwd

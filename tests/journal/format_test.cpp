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

TEST(SegmentHeader, TellsTheVersionThatItWasWrittenWith) {
    SegmentHeader header{42, 1000, {}, {}, 1};
    EXPECT_EQ(decode_segment_header(view(encode(header)))->version, 1U);
    header.version = 9;
    EXPECT_EQ(decode_segment_header(view(encode(header)))->version, 9U);
}

// Whether FRAME is a whole frame of segment NUMBER, and as it was written.
bool is_good(std::string_view frame, std::uint64_t number) {
    const auto header = decode_frame_header(frame, number);
    return header && header->frame_bytes() == frame.size() && is_intact(*header, frame, number);
}

std::string plain_frame() {
    const std::string lines = "one\ntwo\n";
    return std::string(view(encode_plain({7, {}, 2, 8}, checksum_of(lines), 42))) + lines;
}

std::string block_frame() {
    const std::string lines = "one\ntwo\n";
    const std::string ids = "fprint-1fprint-2";
    FrameHeader header{7, {}, 2, 8, true, 3, 4, 2};
    header.lines_checksum = checksum_of(lines);
    header.ids_checksum = ids_checksum_of(ids);
    return std::string(view(encode_block(header, 42))) + lines + ids;
}

TEST(Frame, IsIntactOnlyAsItWasWrittenAndInItsOwnSegment) {
    for (const std::string& frame : {plain_frame(), block_frame()}) {
        EXPECT_TRUE(is_good(frame, 42));
        EXPECT_FALSE(is_good(frame, 43));
        for (std::size_t at = 0; at < frame.size(); ++at) {
            for (int bit = 0; bit < 8; ++bit) {
                std::string damaged = frame;
                damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
                EXPECT_FALSE(is_good(damaged, 42)) << "byte " << at << ", bit " << bit;
            }
        }
    }
}

TEST(Frame, ABlockFrameTellsWhereItStandsInItsAppend) {
    const auto header = decode_frame_header(block_frame(), 42);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->append_first(), 4U);
    EXPECT_EQ(header->end_sequence(), 9U);
    EXPECT_EQ(header->after, 4U);
    EXPECT_EQ(header->ids, 2U);
}

TEST(Frame, TheHeaderOfABlockFrameProvesItself) {
    const std::string frame = block_frame();
    EXPECT_TRUE(decode_frame_header(frame.substr(0, kBlockHeaderBytes), 42));
    for (std::size_t at = 0; at < kBlockHeaderBytes; ++at) {
        std::string damaged = frame;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        EXPECT_FALSE(decode_frame_header(damaged, 42)) << "byte " << at;
        EXPECT_FALSE(decode_frame_header(frame.substr(0, at), 42));
    }
}

TEST(Frame, ItsMarkersCannotStandInALine) {
    EXPECT_FALSE(is_valid_utf8(kFrameMarker));
    EXPECT_FALSE(is_valid_utf8(kBlockMarker));
}

TEST(Frame, ItsMarkerIsFoundBehindOneThatIsCutOff) {
    EXPECT_EQ(find_marker("ab\xF5"
                          "fram\xF5"
                          "block\r\nx"),
              7U);
    EXPECT_EQ(find_marker("ab\xF5"
                          "frame\r"),
              std::string_view::npos);
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

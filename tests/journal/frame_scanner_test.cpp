#include "journal/frame_scanner.h"

#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

using Found = FrameScanner::Found;

// A segment file made of pieces.
class FrameScannerTest : public testing::Test {
  protected:
    void add_frame(std::uint64_t sequence, std::size_t bytes = 100) {
        std::string lines(bytes, 'x');
        lines.back() = '\n';
        const auto header =
            encode(FrameHeader{sequence, {}, 1, static_cast<std::uint32_t>(bytes)}, lines, 1);
        add_bytes(std::string(header.data(), header.size()) + lines);
    }
    void add_bytes(const std::string& bytes) { content_ += bytes; }

    // What the scanner says, up to where it stops: "frame 7", "damage 12", "torn 5", "garbage 9",
    // "end".
    std::vector<std::string> scan() {
        auto file = files_.open(directory_ / "f", OpenMode::replace, 0640).value();
        iovec part = as_iovec(content_);
        EXPECT_TRUE(write_all_at(*file, 0, {&part, 1}));
        FrameScanner scanner(*file, 1, 0);
        std::vector<std::string> said;
        while (true) {
            const auto rest = std::to_string(content_.size() - scanner.offset());
            switch (scanner.next(content_.size()).value()) {
                case Found::frame:
                    said.push_back("frame " +
                                   std::to_string(scanner.frame().header.first_sequence));
                    break;
                case Found::damage:
                    said.push_back("damage " +
                                   std::to_string(scanner.offset() - scanner.damage_begin()));
                    break;
                case Found::end:
                    said.push_back("end");
                    return said;
                case Found::torn:
                    said.push_back("torn " + rest);
                    return said;
                case Found::garbage:
                    said.push_back("garbage " + rest);
                    return said;
            }
        }
    }

    test::TemporaryDirectory directory_;
    PosixFileSystem files_;
    std::string content_;
};

using Said = std::vector<std::string>;

TEST_F(FrameScannerTest, FindsFrameBehindFrame) {
    add_frame(1);
    add_frame(2, kFrameBytesMax);
    add_frame(3);
    EXPECT_EQ(scan(), (Said{"frame 1", "frame 2", "frame 3", "end"}));
}

TEST_F(FrameScannerTest, AnyByteThatChangesCostsItsFrameAndNoMore) {
    for (std::size_t at = 0; at < 140; ++at) {
        content_.clear();
        add_frame(1);
        add_frame(2);
        add_frame(3);
        content_[140 + at] = static_cast<char>(content_[140 + at] ^ 0x10);
        EXPECT_EQ(scan(), (Said{"frame 1", "damage 140", "frame 3", "end"})) << "byte " << at;
    }
}

TEST_F(FrameScannerTest, FindsTheNextFrameBehindDamageOfAnySize) {
    for (const std::size_t size : {1UL, 7UL, 39UL, 524287UL, 524288UL, 1500000UL}) {
        content_.clear();
        add_frame(1);
        add_bytes(std::string(size, '\xF5'));
        add_frame(2, 200000);
        EXPECT_EQ(scan(), (Said{"frame 1", "damage " + std::to_string(size), "frame 2", "end"}));
    }
}

TEST_F(FrameScannerTest, IsNotTakenInByMarkersInsideDamage) {
    add_frame(1);
    std::string noise;
    for (int i = 0; i < 2000; ++i)
        noise += std::string(kFrameMarker) + std::string(40, static_cast<char>(i % 3));
    add_bytes(noise);
    add_frame(2);
    EXPECT_EQ(scan(),
              (Said{"frame 1", "damage " + std::to_string(noise.size()), "frame 2", "end"}));
}

TEST_F(FrameScannerTest, TellsAnUnfinishedFrameFromGarbageAtEveryLength) {
    add_frame(1);
    const std::string first = content_;
    content_.clear();
    add_frame(2);
    const std::string second = content_;
    for (std::size_t kept = 1; kept < second.size(); ++kept) {
        content_ = first + second.substr(0, kept);
        EXPECT_EQ(scan(), (Said{"frame 1", "torn " + std::to_string(kept)}));
    }
    content_ = first + std::string(50, 'x');
    EXPECT_EQ(scan(), (Said{"frame 1", "garbage 50"}));
    content_ = first + second;
    content_.back() = 'x';
    EXPECT_EQ(scan(), (Said{"frame 1", "garbage 140"}));
}

TEST_F(FrameScannerTest, AFrameOfAnotherSegmentIsNone) {
    const std::string lines = "stray\n";
    const auto header = encode(FrameHeader{1, {}, 1, 6}, lines, 2);
    add_bytes(std::string(header.data(), header.size()) + lines);
    EXPECT_EQ(scan(), Said{"garbage 46"});
}

}  // namespace
}  // namespace eventfwd

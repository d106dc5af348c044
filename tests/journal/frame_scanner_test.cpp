#include "journal/frame_scanner.h"

#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

using Scan = FrameScanner::Found;

// A segment file made of pieces.
class FrameScannerTest : public testing::Test {
  protected:
    void add_frame(std::uint64_t sequence, std::size_t bytes = 100) {
        std::string lines(bytes, 'x');
        lines.back() = '\n';
        const FrameHeader frame{sequence, {}, 1, static_cast<std::uint32_t>(bytes)};
        const auto header = encode_plain(frame, checksum_of(lines), 1);
        add_bytes(std::string(header.data(), header.size()) + lines);
    }
    // A block frame with two message ids.
    void add_block(std::uint64_t sequence, std::size_t bytes = 100) {
        std::string lines(bytes, 'x');
        lines.back() = '\n';
        const std::string ids = "fprint-1fprint-2";
        FrameHeader frame{sequence, {}, 1, static_cast<std::uint32_t>(bytes), true, 0, 0, 2};
        frame.lines_checksum = checksum_of(lines);
        frame.ids_checksum = ids_checksum_of(ids);
        const auto header = encode_block(frame, 1);
        add_bytes(std::string(header.data(), header.size()) + lines + ids);
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
                case Scan::frame:
                    said.push_back("frame " +
                                   std::to_string(scanner.frame().header.first_sequence));
                    break;
                case Scan::damage:
                    said.push_back("damage " +
                                   std::to_string(scanner.offset() - scanner.damage_begin()));
                    break;
                case Scan::end:
                    said.push_back("end");
                    return said;
                case Scan::torn:
                    said.push_back("torn " + rest);
                    return said;
                case Scan::garbage:
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

TEST_F(FrameScannerTest, ReadsBothKindsOfFrames) {
    add_block(1);
    add_frame(2);
    add_block(3, kFrameBytesMax);
    EXPECT_EQ(scan(), (Said{"frame 1", "frame 2", "frame 3", "end"}));
}

TEST_F(FrameScannerTest, AnyByteThatChangesCostsItsBlockAndNoMore) {
    for (std::size_t at = 0; at < 180; ++at) {
        content_.clear();
        add_frame(1);
        add_block(2);
        add_block(3);
        content_[140 + at] = static_cast<char>(content_[140 + at] ^ 0x10);
        EXPECT_EQ(scan(), (Said{"frame 1", "damage 180", "frame 3", "end"})) << "byte " << at;
    }
}

TEST_F(FrameScannerTest, TellsAnUnfinishedBlockFromGarbageAtEveryLength) {
    add_frame(1);
    const std::string first = content_;
    content_.clear();
    add_block(2);
    const std::string second = content_;
    for (std::size_t kept = 1; kept < second.size(); ++kept) {
        content_ = first + second.substr(0, kept);
        EXPECT_EQ(scan(), (Said{"frame 1", "torn " + std::to_string(kept)}));
    }
    for (std::size_t at = 0; at < second.size(); ++at) {
        content_ = first + second;
        content_[first.size() + at] = static_cast<char>(second[at] ^ 0x04);
        EXPECT_EQ(scan(), (Said{"frame 1", "garbage 180"})) << "byte " << at;
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
    const auto header = encode_plain(FrameHeader{1, {}, 1, 6}, checksum_of(lines), 2);
    add_bytes(std::string(header.data(), header.size()) + lines);
    EXPECT_EQ(scan(), Said{"garbage 46"});
}

// A file on a disk that has lost the sectors of [begin, end).
class WornFile final : public File {
  public:
    WornFile(std::string content, std::uint64_t begin, std::uint64_t end)
        : content_(std::move(content)), begin_(begin), end_(end) {}

    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
        const std::size_t left = content_.size() - std::min<std::size_t>(offset, content_.size());
        const std::size_t count = std::min(left, into.size());
        if (offset < end_ && offset + count > begin_) return failure("read", EIO);
        content_.copy(into.data(), count, offset);
        return count;
    }
    Result<std::size_t> append(std::span<const iovec>) override { return failure("append"); }
    Result<std::size_t> write_at(std::uint64_t, std::span<const iovec>) override {
        return failure("write");
    }
    Result<> set_in_place(bool) override { return failure("write in place"); }
    Result<> truncate(std::uint64_t) override { return failure("truncate"); }
    Result<> sync_data() override { return failure("sync"); }
    Result<FileStatus> status() const override { return failure("look"); }
    Result<> set_access(mode_t, std::optional<gid_t>) override { return failure("set access"); }

  private:
    std::string content_;
    std::uint64_t begin_;
    std::uint64_t end_;
};

TEST_F(FrameScannerTest, ASectorThatCannotBeReadCostsTheFramesThatTouchIt) {
    for (std::uint64_t sequence = 1; sequence <= 5; ++sequence)
        add_frame(sequence, 4000);
    const std::uint64_t frame = content_.size() / 5;
    // Most of the third frame, and the beginning of the fourth.
    const WornFile file(content_, 2 * 4096, 3 * 4096);
    FrameScanner scanner(file, 1, 0);
    std::vector<std::uint64_t> found;
    for (auto said = scanner.next(content_.size()); *said != Scan::end;
         said = scanner.next(content_.size())) {
        ASSERT_TRUE(said);
        if (*said == Scan::frame) found.push_back(scanner.frame().header.first_sequence);
    }
    std::vector<std::uint64_t> untouched;
    for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) {
        const std::uint64_t begin = (sequence - 1) * frame;
        if (begin + frame <= 2 * 4096 || begin >= 3 * 4096) untouched.push_back(sequence);
    }
    EXPECT_EQ(found, untouched);
    EXPECT_EQ(found.size(), 3U);
}

TEST_F(FrameScannerTest, ADiskThatIsAwayIsAnErrorAndNoDamage) {
    add_frame(1);
    const WornFile file(content_, 0, content_.size());
    FrameScanner scanner(file, 1, 0);
    const auto found = scanner.next(content_.size());
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, EIO);
}

}  // namespace
}  // namespace eventfwd

// A journal in a temporary directory, with verbs: append, read, crash, reboot.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "journal/journal.h"
#include "journal/tail_reader.h"
#include "support/manual_clock.h"
#include "support/temporary_directory.h"

namespace eventfwd::test {

// Writes down what the journal reports, as short texts.
class ProbeNotes final : public JournalProbe {
  public:
    void torn_tail_cut(const std::string&, std::uint64_t bytes) override {
        notes.push_back("torn " + std::to_string(bytes));
    }
    void damage_found(const std::string&, std::uint64_t begin, std::uint64_t end,
                      const std::string& saved_as) override {
        notes.push_back("damage " + std::to_string(end - begin) +
                        (saved_as.empty() ? "" : " saved"));
    }
    void numbers_lost(std::uint64_t begin, std::uint64_t end) override {
        notes.push_back("lost " + std::to_string(begin) + "…" + std::to_string(end));
    }
    void numbering_raised(std::uint64_t last, std::uint64_t above) override {
        notes.push_back("raised " + std::to_string(last) + " to " + std::to_string(above));
    }
    void state_rebuilt(const std::string&) override { notes.push_back("state rebuilt"); }
    void segment_from_future(std::uint64_t number, Instant) override {
        notes.push_back("from the future " + std::to_string(number));
    }
    void segment_removed(std::uint64_t number) override {
        notes.push_back("removed " + std::to_string(number));
    }
    void segment_dropped(std::uint64_t number, std::string_view) override {
        notes.push_back("dropped " + std::to_string(number));
    }
    void sync_failed(const Error&) override { notes.push_back("sync failed"); }
    void segment_poisoned(std::uint64_t number, const Error&) override {
        notes.push_back("poisoned " + std::to_string(number));
    }
    void segment_rescued(std::uint64_t number) override {
        notes.push_back("rescued " + std::to_string(number));
    }
    void maintenance_failed(const Error& error) override {
        notes.push_back("failed " + error.message);
    }

    std::vector<std::string> notes;
};

using LineBlocks = std::vector<std::vector<std::string>>;
using BlockIds = std::vector<std::vector<std::uint64_t>>;

template <class Files = PosixFileSystem>
class JournalFixture : public testing::Test {
  protected:
    JournalFixture() { options_.path = directory_ / "journal"; }

    Result<> try_open() {
        journal_.reset();
        auto journal = Journal::open(options_, files_, clock_, probe_, boot_id_);
        if (!journal) return std::unexpected(journal.error());
        journal_ = std::move(*journal);
        return {};
    }
    void open() {
        const auto opened = try_open();
        ASSERT_TRUE(opened) << opened.error().message;
    }
    // kill -9: nothing is said, what was written is in the page cache.
    void crash() { journal_.reset(); }
    void reboot() {
        crash();
        boot_id_ += "'";
    }
    void stop() {
        ASSERT_TRUE(journal_->close());
        journal_.reset();
    }

    Result<SequenceRange> try_append(const std::vector<std::string>& lines) {
        std::string bytes;
        for (const std::string& line : lines)
            bytes += line + "\n";
        return journal_->append(bytes, lines.size());
    }
    SequenceRange append(const std::vector<std::string>& lines) {
        const auto range = try_append(lines);
        EXPECT_TRUE(range) << range.error().message;
        return range.value_or(SequenceRange{});
    }

    // Blocks of lines, and their message ids.
    Result<SequenceRange> try_append_blocks(const LineBlocks& blocks, const BlockIds& ids = {}) {
        std::vector<std::string> bytes(blocks.size());
        std::vector<LineBlock> parts;
        for (std::size_t at = 0; at < blocks.size(); ++at) {
            for (const std::string& line : blocks[at])
                bytes[at] += line + "\n";
            parts.push_back({bytes[at], blocks[at].size(), {}});
            if (at < ids.size()) parts.back().message_ids = ids[at];
        }
        return journal_->append(parts);
    }
    SequenceRange append_blocks(const LineBlocks& blocks, const BlockIds& ids = {}) {
        const auto range = try_append_blocks(blocks, ids);
        EXPECT_TRUE(range) << range.error().message;
        return range.value_or(SequenceRange{});
    }

    // Everything from FROM on: "7 text" for each line, "gap 3…5 damaged" for each gap.
    std::vector<std::string> read(std::uint64_t from = 1) {
        std::vector<std::string> found;
        TailReader reader(*journal_, from);
        while (true) {
            const auto chunk = reader.next(1 << 20);
            EXPECT_TRUE(chunk) << chunk.error().message;
            if (!chunk || chunk->empty()) return found;
            describe(*chunk, found);
        }
    }
    static const char* reason(Gap::Why why) {
        if (why == Gap::Why::shed) return " shed";
        return why == Gap::Why::damaged ? " damaged" : " left out";
    }
    static void describe(const TailReader::Chunk& chunk, std::vector<std::string>& found) {
        if (chunk.gap) {
            found.push_back("gap " + std::to_string(chunk.gap->begin) + "…" +
                            std::to_string(chunk.gap->end) + reason(chunk.gap->why));
        }
        for (const LineRun& run : chunk.runs) {
            std::uint64_t sequence = run.first_sequence;
            std::string_view lines = run.lines;
            while (!lines.empty()) {
                const std::size_t end = lines.find('\n');
                found.push_back(std::to_string(sequence++) + " " +
                                std::string(lines.substr(0, end)));
                lines.remove_prefix(end + 1);
            }
            EXPECT_EQ(sequence, run.end_sequence());
        }
    }

    std::string segment(std::uint64_t number) const { return segment_path(options_.path, number); }
    std::uint64_t segment_size(std::uint64_t number) const {
        return std::filesystem::file_size(segment(number));
    }
    void flip_byte(const std::string& path, std::uint64_t offset) {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(offset));
        const char byte = static_cast<char>(file.get() ^ 0x20);
        file.seekp(static_cast<std::streamoff>(offset));
        file.put(byte);
    }
    void save_cursor(const std::string& sink, std::uint64_t sequence) {
        Record record;
        record.add("sequence", sequence);
        ASSERT_TRUE(journal_->cursors().save(sink, record, true));
    }

    // A file system of a test's own begins below the temporary directory.
    static Files make_files(const std::string& root) {
        if constexpr (std::is_constructible_v<Files, std::string, std::uint64_t>) {
            return Files(root, 1);
        } else {
            return Files();
        }
    }

    TemporaryDirectory directory_{kInMemory};
    Files files_ = make_files(directory_.path());
    ManualClock clock_;
    ProbeNotes probe_;
    JournalOptions options_;
    std::string boot_id_ = "boot";
    std::unique_ptr<Journal> journal_;
};

using Found = std::vector<std::string>;

}  // namespace eventfwd::test

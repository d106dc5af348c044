// A journal that version 0.1.0 wrote (fixtures_v1/README.md): it is read for ever, and continued.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "journal/message_id_reader.h"
#include "journal/verify.h"
#include "support/journal_fixture.h"

namespace eventfwd {
namespace {

using test::Found;

class JournalOfFormat1 : public test::JournalFixture<> {
  protected:
    static constexpr std::uint64_t kEvents = 22;

    JournalOfFormat1() {
        const std::filesystem::path fixtures = EVENTFWD_FIXTURES_V1;
        std::filesystem::copy(fixtures / "journal", options_.path,
                              std::filesystem::copy_options::recursive);
        std::ifstream delivered(fixtures / "events.log");
        for (std::string line; std::getline(delivered, line);)
            lines_.push_back(std::to_string(lines_.size() + 1) + " " + line);
        const auto state = load_state(files_, options_.path);
        EXPECT_TRUE(state) << state.error().message;
        boot_id_ = state->boot_id;  // as if the machine still ran
    }

    Found lines_;  // every line, with its number
};

TEST_F(JournalOfFormat1, IsReadToTheLastLine) {
    open();
    EXPECT_EQ(lines_.size(), kEvents);
    EXPECT_EQ(read(), lines_);
    EXPECT_EQ(probe_.notes, (Found{"torn 60", "from the future 1"}));
    EXPECT_EQ(journal_->status().segments, 3U);
    EXPECT_EQ(journal_->status().left_out, 0U);
    EXPECT_EQ(journal_->known_sinks(), (std::vector<std::string>{"lines", "blocked"}));
}

TEST_F(JournalOfFormat1, KeepsItsCursors) {
    open();
    EXPECT_EQ(journal_->cursors().load("lines")->number("sequence"), kEvents);
    EXPECT_EQ(journal_->cursors().load("blocked")->number("sequence"), 0U);
}

TEST_F(JournalOfFormat1, IsContinuedInSegmentsOfFormat2) {
    open();
    EXPECT_EQ(append({"datagram"}).first, kEvents + 1);
    append_blocks({{"request 1"}, {"request 2"}}, {{1}, {2}});
    EXPECT_EQ(journal_->status().segments, 4U);
    crash();
    std::filesystem::resize_file(segment(4), segment_size(4) - 1);
    open();
    append_blocks({{"request 1"}, {"request 2"}}, {{1}, {2}});
    stop();
    open();
    Found expected = lines_;
    for (const char* line : {"23 datagram", "24 request 1", "25 request 2"})
        expected.emplace_back(line);
    EXPECT_EQ(read(), expected);
    MessageIdReader ids(*journal_);
    EXPECT_EQ(ids.next().value()->ids[0], 2U);
    EXPECT_EQ(ids.next().value()->ids[0], 1U);
    EXPECT_FALSE(ids.next().value());
}

TEST_F(JournalOfFormat1, IsReadWithADamagedHeader) {
    flip_byte(segment(2), 20);
    open();
    EXPECT_EQ(read(), lines_);
}

TEST_F(JournalOfFormat1, GoesOnAboveItsCeilingAfterAPowerCut) {
    boot_id_ = "another";
    const std::uint64_t ceiling = load_state(files_, options_.path)->ceiling;
    open();
    EXPECT_EQ(append({"a"}).first, ceiling);
    EXPECT_EQ(read(kEvents + 1).at(0), "gap 23…" + std::to_string(ceiling) + " left out");
}

TEST_F(JournalOfFormat1, IsGood) {
    const auto report = verify_journal(files_, options_.path);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->events, kEvents);
    EXPECT_EQ(report->unfinished_bytes, 60U);
    EXPECT_TRUE(report->findings.empty());
}

}  // namespace
}  // namespace eventfwd

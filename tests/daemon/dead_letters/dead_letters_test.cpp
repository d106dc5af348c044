#include "daemon/dead_letters/dead_letters.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "core/text/base64.h"
#include "daemon/dead_letters/letter_files.h"
#include "support/faulty_file_system.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

class DeadLettersTest : public testing::Test {
  protected:
    DeadLettersTest() : options_{directory_ / "letters", 64 << 10} {}

    Result<> keep_or_lose(DeadLetters& letters, const std::string& bytes) {
        LetterBatch batch("input local");
        batch.add({.time = {}, .reason = "syntax", .bytes = bytes, .true_bytes = bytes.size()});
        return letters.keep_or_lose(batch);
    }
    static Result<> keep(DeadLetters& letters, const std::string& bytes,
                         std::string_view from = "input local", Instant time = {}) {
        return letters.keep({time, from, "syntax", {}, bytes, bytes.size()});
    }
    // Of a thousand bytes and a few, another one for each number.
    static std::string thousand(int number) {
        return std::to_string(number) + std::string(1000, 'x');
    }
    static DeadLetters::Counts of(DeadLetters& letters, std::string_view origin) {
        return letters.counts_by_origin().find(origin)->second;
    }
    std::uint64_t bytes_on_disk() {
        std::uint64_t bytes = 0;
        for (const auto& entry : std::filesystem::directory_iterator(options_.path))
            bytes += entry.file_size();
        return bytes;
    }
    static NumberRanges numbers(std::string_view text) { return *parse_number_ranges(text); }
    // The numbers that a walk gives, as ranges.
    static std::string walked(const DeadLetters& letters, const LetterChoice& choice) {
        NumberRanges found;
        LetterWalk walk = letters.walk(choice);
        while (const auto letter = walk.next().value())
            found.add(letter->number);
        return to_text(found);
    }
    static std::string waiting(const DeadLetters& letters) { return walked(letters, {}); }
    std::vector<std::uint64_t> letter_files() {
        return list_letter_files(files_, options_.path).value();
    }
    std::vector<KeptLetter> read() { return read_dead_letters(files_, options_.path).value(); }

    test::TemporaryDirectory directory_{test::kInMemory};
    test::FaultyFileSystem files_;
    DeadLetterOptions options_;
};

TEST_F(DeadLettersTest, KeepsBytesAsTheyWereWithTheReason) {
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep(letters, "{\"broken\" \n\x01"));
    ASSERT_TRUE(keep(letters, "caf\xE9"));
    const auto kept = read();
    ASSERT_EQ(kept.size(), 2U);
    const auto text = boost::json::parse(kept[0].json).as_object();
    EXPECT_EQ(text.at("bytes").as_string(), "{\"broken\" \n\x01");
    EXPECT_EQ(text.at("from").as_string(), "input local");
    EXPECT_EQ(text.at("reason").as_string(), "syntax");
    EXPECT_EQ(text.at("time").as_string(), "1970-01-01T00:00:00.000000Z");
    const auto binary = boost::json::parse(kept[1].json).as_object();
    EXPECT_EQ(base64_decoded(std::string(binary.at("base64").as_string())), "caf\xE9");
}

TEST_F(DeadLettersTest, NumbersGoOnOverARestart) {
    {
        DeadLetters letters(options_, files_);
        ASSERT_TRUE(keep(letters, "one"));
        ASSERT_TRUE(keep(letters, "two"));
    }
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep(letters, "three"));
    const auto kept = read();
    ASSERT_EQ(kept.size(), 3U);
    EXPECT_EQ(kept.back().number, 3U);
}

TEST_F(DeadLettersTest, BeginAnewWhereSomebodyHasRemovedThem) {
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep(letters, "one"));
    std::filesystem::remove_all(options_.path);
    ASSERT_TRUE(keep(letters, "two"));
    ASSERT_EQ(read().size(), 1U);
    EXPECT_EQ(parse_letter(read()[0].json)->bytes, "two");
}

TEST_F(DeadLettersTest, AreSyncedOnceWhereSomethingWasKept) {
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep(letters, "one"));
    files_.fail_call(1, EIO);  // the directory
    EXPECT_FALSE(letters.sync());
    files_.fail_call(2, EIO);  // the file
    EXPECT_FALSE(letters.sync());
    EXPECT_TRUE(letters.sync());
    files_.fail_call(1, EIO);
    EXPECT_TRUE(letters.sync());
    EXPECT_FALSE(files_.has_fired());
}

TEST_F(DeadLettersTest, KeepNoExpiredFileOpenWhereNobodySyncs) {
    const auto open_descriptors = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
    };
    const auto before = open_descriptors();
    DeadLetters letters(options_, files_);
    for (int n = 0; n < 1000; ++n)
        ASSERT_TRUE(keep(letters, thousand(n)));
    EXPECT_GT(letters.counts().expired, 500U);
    EXPECT_LE(open_descriptors() - before, 10);
}

TEST_F(DeadLettersTest, TheOldestGoWhereTheBoundIsReached) {
    DeadLetters letters(options_, files_);
    for (int i = 0; i < 200; ++i)
        ASSERT_TRUE(keep(letters, thousand(i)));
    EXPECT_LE(bytes_on_disk(), options_.bytes_max);
    const auto kept = read();
    EXPECT_EQ(kept.back().number, 200U);
    EXPECT_EQ(letters.counts().expired, 200 - kept.size());
    EXPECT_EQ(kept.front().number, 200 - kept.size() + 1);
}

TEST_F(DeadLettersTest, CountsWhatItCouldNotKeepAndTellsOnce) {
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep_or_lose(letters, "one"));
    constexpr int kWrite = 3;  // behind two looks at the file
    files_.fail_call(kWrite, ENOSPC);
    EXPECT_FALSE(keep_or_lose(letters, "two"));
    files_.fail_call(kWrite, ENOSPC);
    EXPECT_TRUE(keep_or_lose(letters, "three"));  // lost as well, but that is known
    EXPECT_EQ(letters.counts().lost, 2U);
    ASSERT_TRUE(keep_or_lose(letters, "four"));
    EXPECT_EQ(read().size(), 2U);
}

TEST_F(DeadLettersTest, BeginsAnotherFileWhereOneMustNotBecomeLarger) {
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep(letters, "one"));
    files_.fail_call(3, EFBIG,
                     test::FaultyFileSystem::Fault::half_write);  // behind two looks at the file
    ASSERT_TRUE(keep(letters, "two"));
    ASSERT_TRUE(keep(letters, "three"));
    const auto kept = read();
    ASSERT_EQ(kept.size(), 3U);
    EXPECT_EQ(kept.back().number, 3U);
    EXPECT_EQ(list_letter_files(files_, options_.path)->size(), 2U);
}

TEST_F(DeadLettersTest, ALetterIsReadAsItWasWritten) {
    const std::string line =
        to_json_line({Instant{std::chrono::microseconds(1312803917735045)}, "sink s", "rejected",
                      "not \"wanted\"", "caf\xE9", 5, 17});
    EXPECT_EQ(origin_of(line), "sink s");
    const auto letter = parse_letter(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->time, Instant{std::chrono::microseconds(1312803917735045)});
    EXPECT_EQ(letter->from, "sink s");
    EXPECT_EQ(letter->reason, "rejected");
    EXPECT_EQ(letter->text, "not \"wanted\"");
    EXPECT_EQ(letter->bytes, "caf\xE9");
    EXPECT_EQ(letter->true_bytes, 5U);
    EXPECT_EQ(letter->sequence, 17U);
    for (const char* broken : {"", "{}", "{\"time\":\"", "x", "[1]"}) {
        EXPECT_FALSE(parse_letter(broken)) << broken;
        EXPECT_EQ(origin_of(broken), "") << broken;
    }
}

TEST_F(DeadLettersTest, MarkedLettersKeepTheirNumbersAndAreMarkedOverARestart) {
    {
        DeadLetters letters(options_, files_);
        for (const char* bytes : {"one", "two", "three"})
            ASSERT_TRUE(keep(letters, bytes));
        ASSERT_TRUE(letters.mark_resolved(numbers("1-2")));
        ASSERT_TRUE(keep(letters, "four"));
        EXPECT_EQ(waiting(letters), "3-4");
        EXPECT_EQ(letters.counts().retried, 2U);
    }
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(letters.mark_resolved(numbers("2-3")));
    EXPECT_EQ(letters.counts().retried, 3U);
    ASSERT_TRUE(keep(letters, "five"));
    EXPECT_EQ(waiting(letters), "4-5");
    EXPECT_EQ(read().back().number, 5U);
}

TEST_F(DeadLettersTest, AWalkMeansTheLettersOfItsChoice) {
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep(letters, "one"));
    ASSERT_TRUE(letters.keep({{}, "sink s", "bad", {}, "three", 5, 9}));
    ASSERT_TRUE(letters.keep({{}, "sink s2", "bad", {}, "four", 4, 9}));
    ASSERT_TRUE(keep(letters, "two"));
    EXPECT_EQ(walked(letters, {.from = "sink s"}), "10001");
    EXPECT_EQ(walked(letters, {.numbers = numbers("2-3 10001 20002")}), "2 10001");
    EXPECT_EQ(walked(letters, {.after = 2}), "10001 20001");
    EXPECT_EQ(walked(letters, {.last = 10001}), "1-2 10001");
    ASSERT_TRUE(letters.mark_resolved(numbers("2")));
    EXPECT_EQ(walked(letters, {}), "1 10001 20001");
    EXPECT_EQ(walked(letters, {.with_resolved = true}), "1-2 10001 20001");
}

TEST_F(DeadLettersTest, AFileGoesWhenAllOfItsLettersAreThroughButNotTheNewest) {
    DeadLetters letters(options_, files_);
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(keep(letters, thousand(i)));
    const std::uint64_t second = letter_files().at(1);
    ASSERT_TRUE(letters.mark_resolved(numbers("1-20")));
    EXPECT_EQ(letter_files().size(), 1U);
    EXPECT_GT(letter_files().front(), second);
    EXPECT_EQ(letters.counts().retried, 20U);
    EXPECT_EQ(letters.counts().expired, 0U);
    ASSERT_TRUE(keep(letters, "after"));
    EXPECT_EQ(waiting(letters), "21");
}

TEST_F(DeadLettersTest, WhatWentThroughDoesNotExpire) {
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep(letters, "one"));
    ASSERT_TRUE(keep(letters, "two"));
    ASSERT_TRUE(letters.mark_resolved(numbers("1")));
    for (int i = 0; i < 200; ++i)
        ASSERT_TRUE(keep(letters, thousand(i)));
    EXPECT_EQ(letters.counts().expired, 202 - read().size() - 1);
}

TEST_F(DeadLettersTest, AMarkThatACrashToreSaysNothingFalse) {
    options_.bytes_max = 1 << 20;  // one file for all
    DeadLetters letters(options_, files_);
    for (int i = 0; i < 30; ++i)
        ASSERT_TRUE(keep(letters, std::to_string(i)));
    const std::string whole = "\n3-4\n17-23\n";
    for (std::size_t length = 0; length <= whole.size(); ++length) {
        std::ofstream(resolved_file(options_.path, 1), std::ios::binary) << whole.substr(0, length);
        const NumberRanges resolved = read_resolved(files_, options_.path, 1).value();
        for (const auto& [first, last] : resolved.all()) {
            EXPECT_TRUE(numbers("3-4 17-23").contains(first)) << length;
            EXPECT_TRUE(numbers("3-4 17-23").contains(last)) << length;
        }
        ASSERT_TRUE(letters.mark_resolved(numbers("29")));
        EXPECT_TRUE(read_resolved(files_, options_.path, 1).value().contains(29)) << length;
    }
}

// tests/journal/fixtures_v1: two letters, and a mark in the file that version 0.1.0 called
// .through.
TEST_F(DeadLettersTest, ReadsWhatAnEarlierVersionKeptAndMarked) {
    std::filesystem::copy(std::filesystem::path(EVENTFWD_FIXTURES_V1) / "dead-letters",
                          options_.path, std::filesystem::copy_options::recursive);
    DeadLetters letters(options_, files_);
    EXPECT_EQ(read().size(), 2U);
    EXPECT_EQ(waiting(letters), "2");
    ASSERT_TRUE(keep(letters, "three"));
    ASSERT_TRUE(letters.mark_resolved(numbers("2")));
    EXPECT_EQ(waiting(letters), "3");
}

TEST_F(DeadLettersTest, MarksOfFilesThatSomebodyRemovedAreNotForTheNextOnes) {
    {
        DeadLetters letters(options_, files_);
        ASSERT_TRUE(keep(letters, "one"));
        ASSERT_TRUE(letters.mark_resolved(numbers("1")));
    }
    std::filesystem::remove(letter_file(options_.path, 1));
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep(letters, "another"));
    EXPECT_EQ(waiting(letters), "1");
}

// Whatever fails: a letter that was kept is there under its number, and marked only if that was
// asked for; marking again is enough.
TEST_F(DeadLettersTest, NoFaultLosesALetterOrMarksAnotherOne) {
    int calls = 0;  // of a run that is clean
    for (const auto fault :
         {test::FaultyFileSystem::Fault::error, test::FaultyFileSystem::Fault::short_write,
          test::FaultyFileSystem::Fault::half_write}) {
        const bool is_first = fault == test::FaultyFileSystem::Fault::error;
        bool has_fired = true;
        for (int nth = 1; is_first ? has_fired : nth <= calls; ++nth) {
            SCOPED_TRACE("call " + std::to_string(nth));
            options_.path = directory_ / ("letters-" + std::to_string(static_cast<int>(fault)) +
                                          "-" + std::to_string(nth));
            DeadLetters letters(options_, files_);
            std::vector<std::string> kept;
            const auto keep_some = [&] {
                for (int i = 0; i < 12; ++i) {
                    const std::string bytes = std::to_string(kept.size()) + std::string(1000, 'x');
                    if (keep(letters, bytes)) kept.push_back(bytes);
                }
            };
            files_.fail_call(nth, ENOSPC, fault);
            keep_some();
            [[maybe_unused]] const auto marked = letters.mark_resolved(numbers("1-10"));
            keep_some();
            has_fired = files_.has_fired();
            files_.fail_call(0, 0);
            for (const KeptLetter& letter : read()) {
                const auto whole = parse_letter(letter.json);
                ASSERT_TRUE(whole);
                EXPECT_EQ(whole->bytes, kept.at(letter.number - 1));
                EXPECT_TRUE(!letter.is_resolved || letter.number <= 10);
            }
            ASSERT_TRUE(letters.mark_resolved(numbers("1-10")));
            EXPECT_EQ(waiting(letters), "11-" + std::to_string(kept.size()));
            if (is_first) calls = nth;
        }
        EXPECT_GT(calls, 30);
    }
}

TEST_F(DeadLettersTest, KeepWhatRepeatsOnceAndCountIt) {
    DeadLetters letters(options_, files_);
    for (int n = 0; n < 250; ++n)
        ASSERT_TRUE(keep(letters, "same", "input local", Instant{std::chrono::seconds(n)}));
    ASSERT_TRUE(keep(letters, "same", "input other"));
    ASSERT_TRUE(letters.keep({{}, "input local", "no_event", {}, "same", 4}));
    const auto kept = read();
    ASSERT_EQ(kept.size(), 3U);
    EXPECT_EQ(kept[0].times, 250U);
    EXPECT_EQ(parse_letter(kept[0].json)->time, Instant{});
    EXPECT_EQ(kept[0].last, Instant{std::chrono::seconds(249)});
    EXPECT_EQ(kept[1].times + kept[2].times, 2U) << "of another input, or for another reason";
    EXPECT_EQ(of(letters, "input local").kept, 251U);
}

TEST_F(DeadLettersTest, CountRepeatsInOneBatchAsOften) {
    DeadLetters letters(options_, files_);
    LetterBatch batch("input local");
    for (int n = 0; n < 6; ++n)
        batch.add({.time = {},
                   .reason = "syntax",
                   .bytes = n % 2 == 0 ? "even" : "odd",
                   .true_bytes = 4});
    ASSERT_TRUE(letters.keep(batch));
    ASSERT_TRUE(letters.keep(batch));
    const auto kept = read();
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept[0].times, 6U);
    EXPECT_EQ(kept[1].times, 6U);
    EXPECT_EQ(letters.counts().kept, 12U);
}

// Each has a number of its own in the journal, under which it is sent again.
TEST_F(DeadLettersTest, KeepEveryEventOfASinkThoughItsBytesRepeat) {
    DeadLetters letters(options_, files_);
    for (std::uint64_t n = 1; n <= 3; ++n)
        ASSERT_TRUE(letters.keep({{}, "sink s", "bad", {}, "same", 4, n}));
    EXPECT_EQ(read().size(), 3U);
}

TEST_F(DeadLettersTest, RepeatsAreTrueOverARestartAndFromThenOnInALetterOfTheirOwn) {
    {
        DeadLetters letters(options_, files_);
        for (int n = 0; n < 5; ++n)
            ASSERT_TRUE(keep(letters, "same"));
    }
    DeadLetters letters(options_, files_);
    EXPECT_EQ(letters.counts().kept, 5U);
    ASSERT_TRUE(keep(letters, "same"));
    const auto kept = read();
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept[0].times + kept[1].times, 6U);
    EXPECT_EQ(letters.counts().kept, 6U);
}

TEST_F(DeadLettersTest, ARepeatedLetterIsResolvedAsOftenAsARetryTookIt) {
    DeadLetters letters(options_, files_);
    for (int n = 0; n < 10; ++n)
        ASSERT_TRUE(keep(letters, "same"));
    ASSERT_TRUE(letters.mark_resolved(DeadLetters::Resolved{{1, 4}}));
    EXPECT_EQ(read()[0].left, 6U);
    ASSERT_TRUE(keep(letters, "same"));  // while the retry goes on
    ASSERT_TRUE(letters.mark_resolved(DeadLetters::Resolved{{1, 6}}));
    EXPECT_EQ(waiting(letters), "1") << "it came once more";
    EXPECT_EQ(letters.counts().retried, 10U);
    ASSERT_TRUE(letters.mark_resolved(DeadLetters::Resolved{{1, 1}}));
    EXPECT_EQ(waiting(letters), "");
    ASSERT_TRUE(keep(letters, "same"));
    EXPECT_EQ(waiting(letters), "2");
    DeadLetters again(options_, files_);
    EXPECT_EQ(again.counts().kept, 12U);
    EXPECT_EQ(again.counts().retried, 11U);
}

TEST_F(DeadLettersTest, AFloodOfOneLetterTakesNoRoom) {
    DeadLetters letters(options_, files_);
    for (int n = 0; n < 20; ++n)
        ASSERT_TRUE(keep(letters, thousand(n)));
    const std::uint64_t before = bytes_on_disk();
    for (int n = 0; n < 5000; ++n)
        ASSERT_TRUE(keep(letters, "again"));
    EXPECT_LE(bytes_on_disk(), before + 500);
    EXPECT_EQ(letters.counts().expired, 0U);
}

TEST_F(DeadLettersTest, AFloodOfOneInputDrivesOutOnlyItsOwn) {
    DeadLetters letters(options_, files_);
    for (int n = 0; n < 10; ++n) {
        ASSERT_TRUE(keep(letters, thousand(n), "sink splunk"));
        ASSERT_TRUE(keep(letters, thousand(n), "input other"));
    }
    for (int n = 0; n < 1000; ++n)
        ASSERT_TRUE(keep(letters, thousand(n)));
    EXPECT_LE(bytes_on_disk(), options_.bytes_max);
    EXPECT_EQ(of(letters, "sink splunk").expired, 0U);
    EXPECT_EQ(of(letters, "input other").expired, 0U);
    EXPECT_GT(of(letters, "input local").expired, 900U);
}

// The others left it free; now they want their share.
TEST_F(DeadLettersTest, WhoUsesMoreThanItsShareLosesFirst) {
    DeadLetters letters(options_, files_);
    for (int n = 0; n < 5; ++n)
        ASSERT_TRUE(keep(letters, thousand(n), "sink splunk"));
    for (int n = 0; n < 45; ++n)
        ASSERT_TRUE(keep(letters, thousand(n), "input greedy"));
    EXPECT_EQ(letters.counts().expired, 0U);
    for (int n = 5; n < 25; ++n)
        ASSERT_TRUE(keep(letters, thousand(n), "sink splunk"));
    EXPECT_EQ(of(letters, "sink splunk").expired, 0U);
    EXPECT_GT(of(letters, "input greedy").expired, 10U);
    EXPECT_LE(bytes_on_disk(), options_.bytes_max);
}

TEST_F(DeadLettersTest, WhatIsCountedIsReadFromTheFilesAtAStart) {
    {
        DeadLetters letters(options_, files_);
        for (int n = 0; n < 100; ++n)
            ASSERT_TRUE(keep(letters, thousand(n)));
        ASSERT_TRUE(keep(letters, "repeats", "input other"));
        ASSERT_TRUE(keep(letters, "repeats", "input other"));
        ASSERT_TRUE(letters.mark_resolved(numbers("99")));
    }
    DeadLetters letters(options_, files_);
    letters.go_on_counting({{"input local", {90, 3, 30, 0}}});  // as of a second before
    const DeadLetters::Counts counts = of(letters, "input local");
    EXPECT_EQ(counts.kept, 100U);
    EXPECT_EQ(counts.lost, 3U);
    EXPECT_EQ(counts.retried, 1U);
    EXPECT_EQ(of(letters, "input other").kept, 2U);
    std::uint64_t there = 0;
    for (const KeptLetter& letter : read()) {
        if (!letter.is_resolved && origin_of(letter.json) == "input local") ++there;
    }
    EXPECT_EQ(counts.expired, counts.kept - counts.retried - there);
}

TEST_F(DeadLettersTest, WhatSomebodyRemovedCountsAsExpired) {
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep(letters, "one"));
    ASSERT_TRUE(keep(letters, "two"));
    std::filesystem::remove_all(options_.path);
    ASSERT_TRUE(keep(letters, "three"));
    EXPECT_EQ(letters.counts().kept, 3U);
    EXPECT_EQ(letters.counts().expired, 2U);
}

TEST_F(DeadLettersTest, ACountOfAnEarlierVersionGoesOn) {
    std::filesystem::copy(std::filesystem::path(EVENTFWD_FIXTURES_V1) / "dead-letters",
                          options_.path, std::filesystem::copy_options::recursive);
    DeadLetters letters(options_, files_);
    letters.go_on_counting({{std::string(DeadLetters::kAllOrigins), {9, 1, 5, 3}}});
    EXPECT_EQ(letters.counts(), (DeadLetters::Counts{9, 1, 5, 3}));
}

// A start finishes it: what is counted as gone goes.
TEST_F(DeadLettersTest, ACrashWhileAFileIsRemovedCountsItOnce) {
    {
        DeadLetters letters(options_, files_);
        for (int n = 0; n < 100; ++n)
            ASSERT_TRUE(keep(letters, thousand(n)));
    }
    const LetterTally tally = load_tally(files_, options_.path);
    ASSERT_GT(tally.removing, 0U);
    std::ofstream(letter_file(options_.path, tally.removing))
        << to_json_line({{}, "input local", "syntax", {}, "x", 1});
    DeadLetters letters(options_, files_);
    EXPECT_EQ(letters.counts().kept, 100U);
    EXPECT_EQ(letters.counts().expired, 100 - read().size());
}

TEST_F(DeadLettersTest, AFileThatCannotBeReadHoldsUpNoOther) {
    DeadLetters first(options_, files_);
    ASSERT_TRUE(keep(first, "one"));
    files_.refuse("open", "000000000001.jsonl", EACCES);
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep(letters, "two"));
    EXPECT_EQ(letters.upkeep().error().code, EACCES);
    files_.allow_all();
    const auto kept = read();
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(parse_letter(kept[0].json)->bytes, "one");
    EXPECT_EQ(parse_letter(kept[1].json)->bytes, "two");
    EXPECT_GT(kept[1].number, kept[0].number);
}

TEST_F(DeadLettersTest, AFileThatCannotBeRemovedHoldsUpNoOther) {
    DeadLetters letters(options_, files_);
    files_.refuse("unlink", "000000000001.jsonl", EPERM);
    for (int i = 0; i < 200; ++i)
        ASSERT_TRUE(keep(letters, thousand(i)));
    EXPECT_EQ(letters.upkeep().error().code, EPERM);
    EXPECT_EQ(letter_files().front(), 1U);
    EXPECT_LE(letter_files().size(), 65U);
    EXPECT_EQ(letters.counts().expired, 200 - read().size());
    files_.allow_all();
    for (int i = 200; i < 220; ++i)
        ASSERT_TRUE(keep(letters, thousand(i)));
    EXPECT_TRUE(letters.upkeep());
    EXPECT_GT(letter_files().front(), 1U);
}

TEST_F(DeadLettersTest, AFileThatCannotBeMarkedHoldsUpNoOther) {
    DeadLetters letters(options_, files_);
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(keep(letters, thousand(i)));
    ASSERT_GT(letter_files().size(), 2U);
    files_.refuse("open", "000000000001.resolved", EACCES);
    EXPECT_FALSE(letters.mark_resolved(numbers("1-20")));
    files_.allow_all();
    EXPECT_GT(letters.counts().retried, 0U);
    EXPECT_EQ(waiting(letters), "1");
    EXPECT_TRUE(letters.mark_resolved(numbers("1-20")));
    EXPECT_EQ(letters.counts().retried, 20U);
}

TEST_F(DeadLettersTest, AreDurableWhereSomebodyHasRemovedAllOfThem) {
    DeadLetters letters(options_, files_);
    ASSERT_TRUE(keep(letters, "one"));
    std::filesystem::remove_all(options_.path);
    EXPECT_TRUE(letters.sync());  // a cursor must be saved nevertheless
}

TEST_F(DeadLettersTest, NoDirectoryIsNoLetters) {
    EXPECT_TRUE(read().empty());
}

}  // namespace
}  // namespace eventfwd

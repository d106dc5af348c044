#include "core/record_file.h"

#include <gtest/gtest.h>

#include "support/faulty_file_system.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

TEST(Record, ReadsBackWhatItWrote) {
    Record record;
    record.add("sequence", std::uint64_t{250000});
    record.add("sink", "lines");
    record.add("sink", "a name with spaces");
    const auto read = Record::parse(record.serialized());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->number("sequence"), 250000U);
    EXPECT_EQ(read->all("sink").size(), 2U);
    EXPECT_EQ(read->all("sink")[1], "a name with spaces");
    EXPECT_FALSE(read->text("missing"));
    EXPECT_FALSE(read->number("sink"));
}

TEST(Record, IsRefusedWithAnyByteChanged) {
    Record record;
    record.add("sequence", std::uint64_t{41});
    const std::string whole = record.serialized();
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x04);
        EXPECT_FALSE(Record::parse(damaged)) << "byte " << at;
        EXPECT_FALSE(Record::parse(whole.substr(0, at))) << "cut at " << at;
    }
}

TEST(RecordFile, IsReplacedAsAWhole) {
    const test::TemporaryDirectory directory;
    PosixFileSystem files;
    const std::string path = directory / "cursor";
    for (std::uint64_t sequence : {1, 2}) {
        Record record;
        record.add("sequence", sequence);
        ASSERT_TRUE(write_record(files, path, record, true));
        EXPECT_EQ(read_record(files, path)->number("sequence"), sequence);
    }
    EXPECT_EQ(files.list(directory.path())->size(), 1U);
}

TEST(RecordFile, ReplacesWhatAnotherUserLeftUnfinished) {
    const test::TemporaryDirectory directory;
    test::FaultyFileSystem files;
    const std::string path = directory / "cursor";
    Record record;
    record.add("sequence", std::uint64_t{1});
    ASSERT_TRUE(write_record(files, path + ".new", record, true));
    files.fail_call(1, EACCES);  // to open it
    EXPECT_TRUE(write_record(files, path, record, true));
    EXPECT_TRUE(read_record(files, path));
}

TEST(RecordFile, TellsMissingFromDamaged) {
    const test::TemporaryDirectory directory;
    PosixFileSystem files;
    EXPECT_EQ(read_record(files, directory / "none").error().code, ENOENT);
    auto file = files.open(directory / "bad", OpenMode::create, 0640);
    iovec part = as_iovec("eventfwd 1 0000000000000000\nsequence 1\n");
    ASSERT_TRUE(write_all_at(**file, 0, {&part, 1}));
    EXPECT_EQ(read_record(files, directory / "bad").error().code, EBADMSG);
}

}  // namespace
}  // namespace eventfwd

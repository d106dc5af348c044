// Arbitrary bytes as a journal's last segment. The journal must open, number on above what is
// there, and give readers ascending numbers and whole lines.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "journal/journal.h"
#include "journal/message_id_reader.h"
#include "journal/tail_reader.h"
#include "support/manual_clock.h"
#include "support/simulated_file_system.h"
#include "support/temporary_directory.h"

namespace {

using namespace eventfwd;

void check(bool holds) {
    if (!holds) std::abort();
}

// The number behind the last one that a reader gives or is told to be missing.
std::uint64_t read_all(const Journal& journal) {
    TailReader reader(journal, 1);
    std::uint64_t next = 1;
    while (true) {
        const auto chunk = reader.next(1 << 20);
        check(chunk.has_value());
        if (chunk->empty()) return next;
        if (chunk->gap) {
            check(chunk->gap->begin == next && chunk->gap->end > next);
            next = chunk->gap->end;
        }
        for (const LineRun& run : chunk->runs) {
            check(run.first_sequence == next && run.count > 0 && run.lines.ends_with('\n'));
            next = run.end_sequence();
        }
    }
}

// Whether the newest ids are IDS, and all others can be read.
bool ids_are_read(const Journal& journal, std::span<const std::uint64_t> ids) {
    MessageIdReader reader(journal);
    auto frame = reader.next();
    if (!frame || !*frame || !std::ranges::equal((*frame)->ids, ids)) return false;
    while (frame && *frame)
        frame = reader.next();
    return frame.has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // The lock is a real one, in a directory that holds nothing else.
    static const test::TemporaryDirectory directory;
    test::SimulatedFileSystem files(directory.path(), 0);
    JournalOptions options;
    options.path = directory / "journal";
    std::filesystem::create_directories(options.path);
    check(files.make_directories(options.path, 0750).has_value());
    std::string bytes(reinterpret_cast<const char*>(data), size);
    {
        const auto file = files.open(segment_path(options.path, 1), OpenMode::create, 0640);
        check(file.has_value());
        iovec part = as_iovec(bytes);
        if (size > 0) check(write_all_at(**file, 0, {&part, 1}).has_value());
    }
    const test::ManualClock clock;
    JournalProbe probe;
    for (int life = 0; life < 2; ++life) {
        const auto journal = Journal::open(options, files, clock, probe, "boot");
        check(journal.has_value());
        check(read_all(**journal) <= (*journal)->end().next_sequence);
        const auto appended = (*journal)->append("a line\n", 1);
        check(appended.has_value());
        const std::uint64_t ids[] = {1, 2};
        const LineBlock blocks[] = {{"a line\nand another\n", 2, ids}, {"a third\n", 1, {}}};
        const auto request = (*journal)->append(blocks);
        check(request.has_value() && request->first == appended->last + 1);
        check(read_all(**journal) == request->last + 1);
        check(ids_are_read(**journal, ids));
    }
    return 0;
}

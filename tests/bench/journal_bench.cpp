// Appending to the journal against writing the same bytes into the page cache and nothing else.
#include <benchmark/benchmark.h>

#include <filesystem>

#include "journal/journal.h"

namespace eventfwd {
namespace {

constexpr std::size_t kLineBytes = 300;
constexpr std::uint64_t kSegmentBytes = 64 << 20;

// Whole lines of 300 bytes, as many as fit into BYTES.
std::string lines_of(std::size_t bytes) {
    std::string line(kLineBytes, 'x');
    line.back() = '\n';
    std::string lines;
    while (lines.size() + line.size() <= bytes)
        lines += line;
    return lines;
}

std::string fresh_directory() {
    std::string path = (std::filesystem::current_path() / "journal-bench-XXXXXX").string();
    return ::mkdtemp(path.data());
}

void append_to_journal(benchmark::State& state) {
    const std::string directory = fresh_directory();
    const std::string lines = lines_of(static_cast<std::size_t>(state.range(0)));
    PosixFileSystem files;
    const SystemClock clock;
    JournalProbe probe;
    JournalOptions options;
    options.path = directory;
    options.sync.when = SyncPolicy::When::never;
    options.bytes_max = std::uint64_t{1} << 30;
    auto journal = Journal::open(options, files, clock, probe, "boot").value();
    std::uint64_t written = 0;
    for (auto _ : state) {
        if (!journal->append(lines, lines.size() / kLineBytes)) std::abort();
        written += lines.size();
        if (written >= kSegmentBytes) {  // what the daemon does on a thread of its own
            state.PauseTiming();
            journal->maintain();
            written = 0;
            state.ResumeTiming();
        }
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * lines.size()));
    journal.reset();
    std::filesystem::remove_all(directory);
}

void write_to_page_cache(benchmark::State& state) {
    const std::string directory = fresh_directory();
    const std::string lines = lines_of(static_cast<std::size_t>(state.range(0)));
    PosixFileSystem files;
    std::unique_ptr<File> file;
    std::uint64_t offset = kSegmentBytes;
    int number = 0;
    for (auto _ : state) {
        if (offset + lines.size() > kSegmentBytes) {
            state.PauseTiming();
            if (number > 16) std::filesystem::remove(directory + "/" + std::to_string(number - 16));
            file = files.open(directory + "/" + std::to_string(++number), OpenMode::create, 0640)
                       .value();
            offset = 0;
            state.ResumeTiming();
        }
        iovec part = as_iovec(lines);
        if (!write_all_at(*file, offset, {&part, 1})) std::abort();
        offset += lines.size();
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * lines.size()));
    file.reset();
    std::filesystem::remove_all(directory);
}

BENCHMARK(write_to_page_cache)->Arg(256 * 1024)->Arg(16 * 1024);
BENCHMARK(append_to_journal)->Arg(256 * 1024)->Arg(16 * 1024);

}  // namespace
}  // namespace eventfwd

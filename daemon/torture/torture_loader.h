// The process that the crash test kills: it opens a journal with small segments, lets a courier
// deliver to a file, and appends as fast as it can, telling its parent of every append.
#pragma once

#include <cstdint>
#include <string>

#include "journal/journal.h"

namespace eventfwd {

struct TortureOptions {
    std::string directory;  // holds "journal" and "out"
    SyncPolicy sync;
    std::uint64_t seed = 0;
};

// Where the delivered lines go: events.log and its rotated files in this directory.
std::string torture_output_directory(const std::string& directory);
constexpr const char* kTortureOutputName = "events.log";
JournalOptions torture_journal_options(const TortureOptions& options);

// What goes through the pipe: small enough to be written as a whole or not at all.
struct LoaderMessage {
    enum class Kind : std::uint64_t {
        opened,    // first: the next number; microseconds: that recovery took
        appended,  // first to last; synced: the newest number on stable storage
    };
    Kind kind = Kind::opened;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t synced = 0;
    std::uint64_t microseconds = 0;
};

// Appends until it is killed; returns only where something fails, which it says on standard error.
int run_torture_loader(const TortureOptions& options, std::uint32_t life, int pipe);

// Delivers what is left and stops in order.
int run_torture_last_life(const TortureOptions& options, int pipe);

}  // namespace eventfwd

// The journal's settings, with their defaults. Sizes are in bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace eventfwd {

// What an append does at bytes_max.
enum class WhenFull {
    drop_oldest,  // the oldest segment goes, counted as shed for every sink that still needs it
    refuse,       // the append fails with ENOSPC until there is room
};

struct SyncPolicy {
    enum class When {
        never,   // survives kill -9, not a power cut
        every,   // group commit: a power cut costs at most the interval
        always,  // as soon as there is something; an HTTP caller is answered after it
    };
    When when = When::every;
    std::chrono::microseconds interval = std::chrono::seconds(1);  // of every
};

struct JournalOptions {
    std::string path;                                  // a directory of the journal's own
    std::uint64_t segment_bytes = 64 << 20;            // a new segment begins at this size
    std::uint64_t bytes_max = std::uint64_t{8} << 30;  // of all segments together
    WhenFull when_full = WhenFull::drop_oldest;
    SyncPolicy sync;
    std::chrono::microseconds retain{0};  // how long events stay that every sink has
};

}  // namespace eventfwd

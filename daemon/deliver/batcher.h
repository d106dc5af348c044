// Makes batches of what the journal gives: the sink's match picks events, its format renders them
// anew. Where neither has anything to do, the journal's own bytes go on untouched.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/text/glob.h"
#include "formatter/line/forms.h"
#include "sinks/sink.h"

namespace eventfwd {

struct MatchOptions {
    GlobList application;
    GlobList event;

    bool passes_all() const { return application.passes_all() && event.passes_all(); }
    bool operator==(const MatchOptions&) const = default;
};

// How much goes at once, and how long a courier waits for more under a steady load. The first event
// after a rest goes at once.
struct BatchOptions {
    std::size_t bytes_max = 512 * 1024;
    std::size_t count_max = 100'000;
    // No append wakes the courier before half of this is over, the next one does, and after all of
    // it the courier comes for what is there. Long enough that waking up costs little, short enough
    // that nobody waits for a line.
    std::chrono::microseconds linger = std::chrono::milliseconds(3);

    bool operator==(const BatchOptions&) const = default;
};

// Not shared between threads.
class Batcher {
  public:
    Batcher(MatchOptions match, Form form)
        : match_(std::move(match)), passes_all_(match_.passes_all()), form_(form) {}

    // The batch of what passes in RUNS; it lives until the next call and as long as RUNS.
    Batch make(std::span<const LineRun> runs);

  private:
    void add_source(std::uint64_t sequence, std::string_view line);
    void add_rendered(std::uint64_t sequence, std::string_view line);
    bool passes(std::string_view line);

    MatchOptions match_;
    bool passes_all_;
    Form form_;
    LineParser parser_;
    std::vector<LineRun> sources_;
    std::vector<LineRun> runs_;         // rendered anew
    std::vector<std::size_t> offsets_;  // of those in rendered_, while it can still move
    std::string rendered_;
};

}  // namespace eventfwd

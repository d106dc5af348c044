// Makes batches of what the journal gives: the sink's match picks events, its format renders them
// anew. Where neither has anything to do, the journal's own bytes go on untouched.
#pragma once

#include <string>
#include <vector>

#include "daemon/deliver/courier_options.h"
#include "formatter/line/line_parser.h"
#include "sinks/sink.h"

namespace eventfwd {

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

// What of a batch is still to be sent, while a destination takes some of it and rejects some: the
// rejected line is cut out, what stands before and behind it goes as parts of their own; where the
// destination does not say which line it means, the part is halved until one line is left.
#pragma once

#include <vector>

#include "sinks/sink.h"

namespace eventfwd {

// Pure: no clock, no sending. Not shared between threads.
class BatchParts {
  public:
    // BATCH and what it views outlive the parts.
    explicit BatchParts(const Batch& batch);

    bool is_done() const { return parts_.empty(); }
    // The part to send next; it lives until the following call of apply().
    const Batch& current() const { return current_; }
    // Takes what came of current().
    void apply(const Outcome& outcome);

    // Of the whole batch, ascending.
    const std::vector<RefusedLine>& refused() const { return refused_; }
    // Lines of the batch that have been settled: delivered or refused.
    std::size_t settled() const;

  private:
    struct Part {
        std::size_t begin = 0;
        std::size_t end = 0;
        std::size_t size() const { return end - begin; }
    };

    void cut_out(const Outcome& outcome);
    void refuse(RefusedLine line);
    void push(Part part);
    void select();

    const Batch& whole_;
    std::vector<Part> parts_;  // the last one is next, and stands before all others
    std::vector<RefusedLine> refused_;
    Batch current_;
    std::vector<LineRun> runs_;     // of current_, where it is not the whole batch
    std::vector<LineRun> sources_;  // the same
};

}  // namespace eventfwd

// What a courier gives a sink: lines to deliver, in order, with the numbers the journal gave them.
#pragma once

#include <cstddef>
#include <span>

#include "core/line_run.h"

namespace eventfwd {

// Already filtered by the sink's match and in its format. The numbers of runs ascend and may have
// holes. Views live until send() is over.
struct Batch {
    std::span<const LineRun> runs;
    std::span<const LineRun> sources;  // the same lines as the journal has them, in the same order
    std::size_t count = 0;             // lines in all runs
    bool is_replay = false;            // asked for by an operator, beside live delivery

    std::size_t bytes() const {
        std::size_t sum = 0;
        for (const LineRun& run : runs)
            sum += run.lines.size();
        return sum;
    }
};

}  // namespace eventfwd

// Numbers that are settled and counted, behind one that is not: a pause, a stop or a change of the
// sink has ended what was in flight before them. They are not sent again; the cursor goes over them
// in their turn. Saved with the cursor.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "core/clock.h"
#include "core/record_file.h"
#include "daemon/deliver/ledger.h"
#include "journal/format.h"

namespace eventfwd {

class SettledAhead {
  public:
    struct Run {
        SequenceRange numbers;
        Instant instant;  // when the last of them was journaled
        Ledger counts;    // what they are counted as
    };

    // RUN is behind all that are there. One that follows the last without a gap becomes part of it.
    void add(const Run& run);
    // Takes the run that begins with NUMBER.
    std::optional<Run> take(std::uint64_t number);
    // The first number from NUMBER on that is in a run; kSequenceMax where there is none.
    std::uint64_t next(std::uint64_t number) const;

    const std::deque<Run>& runs() const { return runs_; }  // ascending
    void clear() { runs_.clear(); }

    void save(Record& record) const;
    // Those behind CURSOR; none where RECORD's do not hold together.
    static SettledAhead load(const Record& record, std::uint64_t cursor);

  private:
    std::deque<Run> runs_;
};

}  // namespace eventfwd

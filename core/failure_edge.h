// Something that is tried again and again, and may fail for days: its failure is reported once, and
// its end once.
#pragma once

#include "core/result.h"

namespace eventfwd {

class FailureEdge {
  public:
    // What came of one more try. BEGAN is called with the error of the first failure in a row,
    // ENDED at the first success behind one.
    template <class Began, class Ended>
    void note(const Result<>& tried, Began&& began, Ended&& ended) {
        const bool was_failing = is_failing_;
        is_failing_ = !tried;
        if (is_failing_ && !was_failing) began(tried.error());
        if (!is_failing_ && was_failing) ended();
    }
    template <class Began>
    void note(const Result<>& tried, Began&& began) {
        note(tried, began, [] {});
    }

    // A success that is not reported.
    void clear() { is_failing_ = false; }
    bool is_failing() const { return is_failing_; }

  private:
    bool is_failing_ = false;
};

}  // namespace eventfwd

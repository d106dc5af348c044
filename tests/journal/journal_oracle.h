// What a journal must hold, as a plain map from numbers to lines: the oracle of the model test. It
// is told what was appended, synced, given up and damaged, and judges what readers find.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace eventfwd::test {

class JournalOracle {
  public:
    // LINES were acknowledged with the numbers from FIRST on.
    void appended(std::uint64_t first, const std::vector<std::string>& lines);
    // The process died while it appended LINES: all of them are there or none, unless a power cut
    // follows.
    void died_appending(std::uint64_t first, const std::vector<std::string>& lines);
    // The journal says that all up to LAST is on stable storage.
    void synced(std::uint64_t last);
    // Below END, events were given up on purpose.
    void given_up(std::uint64_t end);
    // A bit of the frame with the numbers [BEGIN, END) was flipped.
    void flipped(std::uint64_t begin, std::uint64_t end);
    // A sync failed, and the journal ended before it could write that down: a later sync may claim
    // what was not synced.
    void doubt_unsynced();
    // What was not synced may be gone now.
    void power_cut();

    // A reader was given TEXT as NUMBER, or was told that [BEGIN, END) are not there.
    void read(std::uint64_t number, std::string_view text);
    void missed(std::uint64_t begin, std::uint64_t end);
    // A whole reading after a start found FOUND and nothing else: from here on that is the truth.
    void settle(const std::set<std::uint64_t>& found);

    // The first promise that was broken; empty while all are kept.
    const std::string& complaint() const { return complaint_; }
    void complain(const std::string& complaint);

  private:
    enum class State {
        promised,   // must be there
        uncertain,  // the next start shows
        gone,       // must not come back
    };
    struct Line {
        std::string text;
        State state = State::promised;
        bool is_taken = true;  // acknowledged or read by somebody: the number means this line
        bool is_synced = false;
        int flips = 0;
    };

    void judge_unfinished(const std::set<std::uint64_t>& found);
    bool may_be_missing(std::uint64_t number, const Line& line) const;
    void enter(std::uint64_t first, const std::vector<std::string>& lines, State state);

    std::map<std::uint64_t, Line> lines_;
    std::set<std::uint64_t> unfinished_;  // numbers of an append in which the process died
    std::uint64_t synced_end_ = 1;        // lines below it need not be looked at by synced()
    std::uint64_t given_up_end_ = 1;
    std::string complaint_;
};

}  // namespace eventfwd::test

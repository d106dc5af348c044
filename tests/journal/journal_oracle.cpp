#include "journal/journal_oracle.h"

#include <fmt/format.h>

#include <algorithm>

namespace eventfwd::test {

void JournalOracle::complain(const std::string& complaint) {
    if (complaint_.empty()) complaint_ = complaint;
}

void JournalOracle::enter(std::uint64_t first, const std::vector<std::string>& lines, State state) {
    // Two flips in one frame can make it look like one that was never finished.
    for (auto at = lines_.lower_bound(first); at != lines_.end();) {
        if (at->second.is_taken && at->second.flips < 2) {
            complain(fmt::format("number {} issued although {} is taken", first, at->first));
        }
        at = lines_.erase(at);
    }
    for (const std::string& text : lines)
        lines_[first++] = {text, state, state == State::promised, false, 0};
}

void JournalOracle::appended(std::uint64_t first, const std::vector<std::string>& lines) {
    enter(first, lines, State::promised);
}

void JournalOracle::died_appending(std::uint64_t first, const std::vector<std::string>& lines) {
    enter(first, lines, State::uncertain);
    for (std::uint64_t number = first; number < first + lines.size(); ++number)
        unfinished_.insert(number);
}

void JournalOracle::synced(std::uint64_t last) {
    for (auto at = lines_.lower_bound(synced_end_); at != lines_.end() && at->first <= last; ++at)
        at->second.is_synced = true;
    synced_end_ = std::max(synced_end_, last + 1);
}

void JournalOracle::given_up(std::uint64_t end) {
    given_up_end_ = std::max(given_up_end_, end);
}

void JournalOracle::flipped(std::uint64_t begin, std::uint64_t end) {
    for (auto at = lines_.lower_bound(begin); at != lines_.end() && at->first < end; ++at)
        ++at->second.flips;
}

void JournalOracle::doubt_unsynced() {
    for (auto& [number, line] : lines_) {
        if (!line.is_synced) line.flips = std::max(line.flips, 1);
    }
}

void JournalOracle::power_cut() {
    unfinished_.clear();
    for (auto& [number, line] : lines_) {
        if (line.state == State::promised && !line.is_synced) line.state = State::uncertain;
    }
}

bool JournalOracle::may_be_missing(std::uint64_t number, const Line& line) const {
    return line.state != State::promised || line.flips > 0 || number < given_up_end_;
}

void JournalOracle::read(std::uint64_t number, std::string_view text) {
    const auto at = lines_.find(number);
    if (at == lines_.end()) return complain(fmt::format("{} was never appended", number));
    Line& line = at->second;
    if (line.text != text) complain(fmt::format("{} is another line", number));
    if (line.state == State::gone && line.flips == 0 && number >= given_up_end_) {
        complain(fmt::format("{} came back", number));
    }
    line.is_taken = true;
}

void JournalOracle::missed(std::uint64_t begin, std::uint64_t end) {
    for (auto at = lines_.lower_bound(begin); at != lines_.end() && at->first < end; ++at) {
        if (!may_be_missing(at->first, at->second)) {
            complain(fmt::format("{} is missing", at->first));
        }
    }
}

// An append is one thing, however many frames it has.
void JournalOracle::judge_unfinished(const std::set<std::uint64_t>& found) {
    std::size_t there = 0;
    for (const std::uint64_t number : unfinished_)
        there += found.contains(number) ? 1 : 0;
    if (there != 0 && there != unfinished_.size()) {
        complain(fmt::format("{} of {} events of an unfinished append, from {} on", there,
                             unfinished_.size(), *unfinished_.begin()));
    }
    unfinished_.clear();
}

void JournalOracle::settle(const std::set<std::uint64_t>& found) {
    judge_unfinished(found);
    for (auto at = lines_.begin(); at != lines_.end();) {
        auto& [number, line] = *at;
        if (found.contains(number)) {
            line.state = State::promised;
        } else if (!line.is_taken) {
            at = lines_.erase(at);
            continue;
        } else {
            if (!may_be_missing(number, line)) complain(fmt::format("{} is missing", number));
            line.state = State::gone;
        }
        ++at;
    }
}

}  // namespace eventfwd::test

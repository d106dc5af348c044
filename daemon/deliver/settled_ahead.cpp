#include "daemon/deliver/settled_ahead.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text/text_words.h"
#include "core/text/whole_number.h"

namespace eventfwd {
namespace {

constexpr std::string_view kKey = "ahead";

// The counts that a number can be in, in the order in which they are saved.
constexpr std::array kCounts{&Ledger::delivered, &Ledger::filtered,     &Ledger::dead_lettered,
                             &Ledger::shed_full, &Ledger::shed_damaged, &Ledger::shed_unknown};

// "201 300 1732816000000000 98 2 0 0 0 0"; nothing where the counts are not those of its numbers.
std::optional<SettledAhead::Run> run_of(std::string_view text) {
    const auto number = [&text] { return whole_number<std::uint64_t>(take_word(text)); };
    const auto first = number(), last = number(), instant = number();
    if (!first || !last || !instant || *first > *last) return std::nullopt;
    SettledAhead::Run run{{*first, *last}, Instant{std::chrono::microseconds{*instant}}, {}};
    std::uint64_t sum = 0;
    for (const auto field : kCounts)
        sum += run.counts.*field = number().value_or(0);
    if (sum != *last - *first + 1) return std::nullopt;
    return run;
}

}  // namespace

void SettledAhead::add(const Run& run) {
    if (!runs_.empty() && runs_.back().numbers.last + 1 == run.numbers.first) {
        Run& before = runs_.back();
        before.numbers.last = run.numbers.last;
        before.instant = run.instant;
        before.counts.add(run.counts);
    } else {
        runs_.push_back(run);
    }
}

std::optional<SettledAhead::Run> SettledAhead::take(std::uint64_t number) {
    if (runs_.empty() || runs_.front().numbers.first != number) return std::nullopt;
    const Run run = runs_.front();
    runs_.pop_front();
    return run;
}

std::uint64_t SettledAhead::next(std::uint64_t number) const {
    for (const Run& run : runs_) {
        if (run.numbers.last >= number) return std::max(run.numbers.first, number);
    }
    return kSequenceMax;
}

void SettledAhead::save(Record& record) const {
    for (const Run& run : runs_) {
        std::string text = fmt::format("{} {} {}", run.numbers.first, run.numbers.last,
                                       run.instant.time_since_epoch().count());
        for (const auto field : kCounts)
            text += fmt::format(" {}", run.counts.*field);
        record.add(kKey, text);
    }
}

SettledAhead SettledAhead::load(const Record& record, std::uint64_t cursor) {
    SettledAhead ahead;
    std::uint64_t behind = cursor + 1;
    for (std::string_view text : record.all(kKey)) {
        const auto run = run_of(text);
        if (!run || run->numbers.first <= behind) return {};
        behind = run->numbers.last;
        ahead.add(*run);
    }
    return ahead;
}

}  // namespace eventfwd

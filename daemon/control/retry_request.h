// Which dead letters an operator asks to be tried again.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/dead_letters/dead_letters.h"

namespace eventfwd {

struct RetryRequest {
    enum class Of { sink, input };
    Of of = Of::sink;
    std::string name;
    std::uint64_t after = 0;  // letters up to this number have had their turn
    NumberRanges numbers;     // empty: all
};

// "sink|input NAME after N [RANGES]", and back.
std::optional<RetryRequest> parse_retry_request(std::string_view text);
std::string to_text(const RetryRequest& request);

// The letters that it means.
LetterChoice choice_of(const RetryRequest& request);

// What there is to try again: every time that a letter came.
struct LetterCensus {
    std::map<std::string, std::uint64_t, std::less<>> waiting;  // by "input NAME" or "sink NAME"
    std::uint64_t resolved = 0;                                 // are resolved already
    std::uint64_t last = 0;                                     // the newest number of them all
};
// Of NUMBERS, or of all where that is empty.
Result<LetterCensus> count_letters(const DeadLetters& letters, const NumberRanges& numbers);

}  // namespace eventfwd

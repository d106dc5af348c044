#include "daemon/control/retry_request.h"

#include <fmt/format.h>

#include "core/text/text_words.h"

namespace eventfwd {
namespace {

std::string_view word_for(RetryRequest::Of of) {
    return of == RetryRequest::Of::sink ? "sink" : "input";
}

}  // namespace

std::optional<RetryRequest> parse_retry_request(std::string_view text) {
    const std::string_view of = take_word(text);
    if (of != "sink" && of != "input") return std::nullopt;
    RetryRequest request;
    request.of = of == "sink" ? RetryRequest::Of::sink : RetryRequest::Of::input;
    request.name = take_word(text);
    if (request.name.empty() || take_word(text) != "after") return std::nullopt;
    const std::string_view after = take_word(text);
    const auto number = parse_number_range(after);
    if (!number || number->first != number->last) return std::nullopt;
    request.after = number->first;
    auto numbers = parse_number_ranges(text);
    if (!numbers) return std::nullopt;
    request.numbers = std::move(*numbers);
    return request;
}

std::string to_text(const RetryRequest& request) {
    std::string text =
        fmt::format("{} {} after {}", word_for(request.of), request.name, request.after);
    if (!request.numbers.empty()) text += " " + to_text(request.numbers);
    return text;
}

LetterChoice choice_of(const RetryRequest& request) {
    LetterChoice choice;
    choice.from = fmt::format("{} {}", word_for(request.of), request.name);
    choice.numbers = request.numbers;
    choice.after = request.after;
    return choice;
}

Result<LetterCensus> count_letters(const DeadLetters& letters, const NumberRanges& numbers) {
    LetterChoice choice;
    choice.numbers = numbers;
    choice.with_resolved = true;
    LetterWalk walk = letters.walk(std::move(choice));
    LetterCensus census;
    while (true) {
        const auto letter = walk.next();
        if (!letter) return std::unexpected(letter.error());
        if (!*letter) return census;
        census.last = (*letter)->number;
        if ((*letter)->is_resolved) {
            census.resolved += (*letter)->times;
            continue;
        }
        census.waiting[std::string(origin_of((*letter)->json))] += (*letter)->left;
    }
}

}  // namespace eventfwd

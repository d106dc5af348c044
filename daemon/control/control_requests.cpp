#include "daemon/control/control_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/text/json_escape.h"
#include "core/text/text_words.h"
#include "core/text/utf8.h"

namespace eventfwd {
namespace {

using SinkVerb = ControlVerbs::SinkVerb;

constexpr std::array<std::pair<std::string_view, SinkVerb>, 4> kSinkVerbs{{
    {"pause", SinkVerb::pause},
    {"resume", SinkVerb::resume},
    {"skip-to-end", SinkVerb::skip_to_end},
    {"stop-replay", SinkVerb::stop_replay},
}};

std::string error_answer(std::string_view message) {
    return "{\"error\":" + json_quoted(message) + "}";
}

std::string census_answer(const LetterCensus& census) {
    std::string waiting;
    for (const auto& [origin, count] : census.waiting) {
        if (!waiting.empty()) waiting += ',';
        waiting += fmt::format("{}:{}", json_quoted(origin), count);
    }
    return fmt::format(R"({{"waiting":{{{}}},"resolved":{},"last":{}}})", waiting, census.resolved,
                       census.last);
}

std::string taken_answer(const LettersTaken& taken) {
    std::string reasons;
    for (std::size_t at = 0; at < kRefusalNames.size(); ++at) {
        if (taken.reasons[at] == 0) continue;
        if (!reasons.empty()) reasons += ',';
        reasons += fmt::format(R"("{}":{})", kRefusalNames[at], taken.reasons[at]);
    }
    return fmt::format(
        R"({{"accepted":{},"events":{},"refused":{{{}}},"unreadable":{},"last":{},"is_over":{},)"
        R"("unsynced":{},"failure":{}}})",
        taken.accepted, taken.events, reasons, taken.unreadable, taken.last, taken.is_over,
        taken.unsynced, taken.failure.empty() ? "null" : json_quoted(taken.failure));
}

std::string answer_retry(const RetryRequest& request, const ControlVerbs& verbs) {
    if (request.of == RetryRequest::Of::sink) {
        const auto total = verbs.retry_sink(request);
        return total ? fmt::format(R"({{"total":{}}})", *total)
                     : error_answer(total.error().message);
    }
    const auto taken = verbs.retry_input(request);
    return taken ? taken_answer(*taken) : error_answer(taken.error().message);
}

std::string answer_verb(std::string_view request, const ControlVerbs& verbs) {
    std::string_view rest = request;
    const std::string_view what = take_word(rest);
    if (what == "status" && rest.empty()) return verbs.status();
    if (what == "sink") {
        const std::string_view name = take_word(rest);
        const auto known =
            std::ranges::find(kSinkVerbs, rest, [](const auto& verb) { return verb.first; });
        if (known != kSinkVerbs.end()) {
            const auto done = verbs.sink(name, known->second);
            return done ? R"({"done":true})" : error_answer(done.error().message);
        }
    }
    if (what == "replay") {
        if (const auto asked = parse_replay_request(rest)) {
            const auto begun = verbs.replay(*asked);
            return begun ? fmt::format(R"({{"first":{},"last":{}}})", begun->first, begun->last)
                         : error_answer(begun.error().message);
        }
    }
    if (what == "letters") {
        if (const auto numbers = parse_number_ranges(rest)) {
            const auto census = verbs.letters(*numbers);
            return census ? census_answer(*census) : error_answer(census.error().message);
        }
    }
    if (what == "retry") {
        if (const auto asked = parse_retry_request(rest)) return answer_retry(*asked, verbs);
    }
    return error_answer("unknown request; is the daemon of another version?");
}

}  // namespace

// A path, or the reason for an error, can hold any byte.
std::string answer_request(std::string_view request, const ControlVerbs& verbs) {
    return with_valid_utf8(answer_verb(request, verbs));
}

}  // namespace eventfwd

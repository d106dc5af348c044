#include "daemon/control/control_requests.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

#include "core/text/printable.h"
#include "core/text/text_words.h"

namespace eventfwd {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, SinkVerb>, 4> kSinkVerbs{{
    {"pause", SinkVerb::pause},
    {"resume", SinkVerb::resume},
    {"skip-to-end", SinkVerb::skip_to_end},
    {"stop-replay", SinkVerb::stop_replay},
}};

json::object answer_of(const Error& error) {
    return {{"error", error.message}};
}

json::object answer_of(const SequenceRange& range) {
    return {{"first", range.first}, {"last", range.last}};
}

json::object answer_of(const LetterCensus& census) {
    json::object waiting;
    for (const auto& [origin, count] : census.waiting)
        waiting[origin] = count;
    return {{"waiting", std::move(waiting)}, {"resolved", census.resolved}, {"last", census.last}};
}

json::object answer_of(const LettersTaken& taken) {
    json::object reasons;
    for (std::size_t at = 0; at < kRefusalNames.size(); ++at) {
        if (taken.reasons[at] > 0) reasons[kRefusalNames[at]] = taken.reasons[at];
    }
    return {{"accepted", taken.accepted},
            {"events", taken.events},
            {"refused", std::move(reasons)},
            {"unreadable", taken.unreadable},
            {"last", taken.last},
            {"is_over", taken.is_over},
            {"unsynced", taken.unsynced},
            {"failure", taken.failure.empty() ? json::value(nullptr) : json::value(taken.failure)}};
}

// What came of a request that can fail.
template <class Done>
json::object answer(const Result<Done>& done) {
    return done ? answer_of(*done) : answer_of(done.error());
}

json::object answer_sink(std::string_view name, SinkVerb verb, Operations& operations) {
    const auto done = operations.change_sink(name, verb);
    return done ? json::object{{"done", true}} : answer_of(done.error());
}

json::object answer_retry(const RetryRequest& request, Operations& operations) {
    if (request.of == RetryRequest::Of::input) return answer(operations.retry_input(request));
    const auto total = operations.retry_sink(request);
    return total ? json::object{{"total", *total}} : answer_of(total.error());
}

json::object answer_object(std::string_view request, Operations& operations) {
    std::string_view rest = request;
    const std::string_view what = take_word(rest);
    if (what == "sink") {
        const std::string_view name = take_word(rest);
        const auto known =
            std::ranges::find(kSinkVerbs, rest, [](const auto& verb) { return verb.first; });
        if (known != kSinkVerbs.end()) return answer_sink(name, known->second, operations);
    }
    if (what == "replay") {
        if (const auto asked = parse_replay_request(rest)) return answer(operations.replay(*asked));
    }
    if (what == "letters") {
        if (const auto numbers = parse_number_ranges(rest)) {
            return answer(operations.count_letters(*numbers));
        }
    }
    if (what == "retry") {
        if (const auto asked = parse_retry_request(rest)) return answer_retry(*asked, operations);
    }
    return {{"error", "unknown request; is the daemon of another version?"}};
}

}  // namespace

// A path, or the reason for an error, can hold any byte, and a terminal control.
std::string answer_request(std::string_view request, Operations& operations) {
    return printable_json(request == "status"
                              ? operations.status()
                              : json::serialize(answer_object(request, operations)));
}

}  // namespace eventfwd

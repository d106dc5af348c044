#include "daemon/ops/control_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/json_text.h"
#include "core/text_words.h"

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

}  // namespace

std::string answer_request(std::string_view request, const ControlVerbs& verbs) {
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
    return error_answer("unknown request; is the daemon of another version?");
}

}  // namespace eventfwd

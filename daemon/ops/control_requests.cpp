#include "daemon/ops/control_requests.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/json_text.h"

namespace eventfwd {
namespace {

using SinkVerb = ControlVerbs::SinkVerb;

constexpr std::array<std::pair<std::string_view, SinkVerb>, 3> kSinkVerbs{{
    {"pause", SinkVerb::pause},
    {"resume", SinkVerb::resume},
    {"skip-to-end", SinkVerb::skip_to_end},
}};

// The first word of TEXT, which loses it and the space behind it.
std::string_view take_word(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    return word;
}

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
    return error_answer("unknown request; is the daemon of another version?");
}

}  // namespace eventfwd

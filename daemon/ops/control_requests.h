// What the control socket is asked: one request is one line, one answer one line of JSON. Pure but
// for the verbs it calls.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace eventfwd {

// What the daemon can do for whoever asks.
struct ControlVerbs {
    std::function<std::string()> status;  // in JSON
    enum class SinkVerb { pause, resume, skip_to_end };
    std::function<Result<>(std::string_view sink, SinkVerb verb)> sink;
};

// Answers "status" and "sink NAME pause|resume|skip-to-end"; anything else with {"error":…}.
std::string answer_request(std::string_view request, const ControlVerbs& verbs);

}  // namespace eventfwd

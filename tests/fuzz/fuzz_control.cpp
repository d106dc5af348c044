// Arbitrary requests at the control socket: each gets one line of JSON.
#include <boost/json.hpp>
#include <cstdint>
#include <cstdlib>

#include "daemon/control/control_requests.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace eventfwd;
    ControlVerbs verbs;
    verbs.status = [] { return std::string("{}"); };
    verbs.sink = [](std::string_view sink, ControlVerbs::SinkVerb) -> Result<> {
        return failure("there is no sink " + std::string(sink));
    };
    verbs.replay = [](const ReplayRequest& request) -> Result<SequenceRange> {
        const auto again = parse_replay_request(to_text(request));
        if (!again || to_text(*again) != to_text(request)) std::abort();
        return SequenceRange{1, 2};
    };
    verbs.letters = [](const NumberRanges& numbers) -> Result<LetterCensus> {
        return LetterCensus{{{"input local", 1}, {"sink lines", 2}}, 3, numbers.all().size()};
    };
    verbs.retry_sink = [](const RetryRequest& request) -> Result<std::uint64_t> {
        const auto again = parse_retry_request(to_text(request));
        if (!again || to_text(*again) != to_text(request)) std::abort();
        return request.after;
    };
    verbs.retry_input = [](const RetryRequest& request) -> Result<LettersTaken> {
        LettersTaken taken;
        taken.reasons[0] = taken.reasons[2] = request.after;
        taken.failure = to_text(request);
        return taken;
    };
    const std::string answer = answer_request({reinterpret_cast<const char*>(data), size}, verbs);
    boost::system::error_code error;
    const auto json = boost::json::parse(answer, error);
    if (error || !json.is_object() || answer.contains('\n')) std::abort();
    return 0;
}

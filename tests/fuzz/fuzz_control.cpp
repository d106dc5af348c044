// Arbitrary requests at the control socket: each gets one line of JSON.
#include <boost/json.hpp>
#include <cstdint>
#include <cstdlib>

#include "daemon/control/control_requests.h"

namespace {

using namespace eventfwd;

class EchoOperations final : public Operations {
  public:
    std::string status() override { return "{}"; }
    Result<> change_sink(std::string_view sink, SinkVerb) override {
        return failure("there is no sink " + std::string(sink));
    }
    Result<SequenceRange> replay(const ReplayRequest& request) override {
        const auto again = parse_replay_request(to_text(request));
        if (!again || to_text(*again) != to_text(request)) std::abort();
        return SequenceRange{1, 2};
    }
    Result<LetterCensus> count_letters(const NumberRanges& numbers) override {
        return LetterCensus{{{"input local", 1}, {"sink lines", 2}}, 3, numbers.all().size()};
    }
    Result<std::uint64_t> retry_sink(const RetryRequest& request) override {
        const auto again = parse_retry_request(to_text(request));
        if (!again || to_text(*again) != to_text(request)) std::abort();
        return request.after;
    }
    Result<LettersTaken> retry_input(const RetryRequest& request) override {
        LettersTaken taken;
        taken.reasons[0] = taken.reasons[2] = request.after;
        taken.failure = to_text(request);
        return taken;
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    EchoOperations operations;
    const std::string answer =
        answer_request({reinterpret_cast<const char*>(data), size}, operations);
    boost::system::error_code error;
    const auto json = boost::json::parse(answer, error);
    if (error || !json.is_object() || answer.contains('\n')) std::abort();
    return 0;
}

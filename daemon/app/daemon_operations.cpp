#include "daemon/app/daemon_operations.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "daemon/deliver/letter_retry.h"
#include "daemon/deliver/replay.h"

namespace eventfwd {
namespace {

// So many bytes of an input's letters are taken for one request: a blink of this thread.
constexpr std::size_t kLettersAtOnce = 1 << 20;

}  // namespace

// One snapshot. Each part is asked after those that show its effects, so that none shows an effect
// without its count: letters and deliveries before the inputs that they came from; those and the
// journal at one moment.
std::string DaemonOperations::status() {
    Status status;
    status.version = EVENTFWD_VERSION;
    status.uptime_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    status.dead_letters = parts_.dead_letters.counts_by_origin();
    status.sinks = parts_.sinks.statuses();
    auto [inputs, journal] = parts_.inputs.snapshot();
    status.inputs = std::move(inputs);
    status.journal = journal;
    status.retried_events = parts_.dead_letter_intake.journaled();  // by this thread
    status.recovered = parts_.counts.recovered();
    status.lost = parts_.counts.lost();
    return to_json(status);
}

Result<Courier*> DaemonOperations::courier(std::string_view sink) const {
    Courier* const found = parts_.sinks.find(sink);
    if (found == nullptr) return failure(fmt::format("there is no sink {}", sink));
    return found;
}

Result<> DaemonOperations::change_sink(std::string_view sink, SinkVerb verb) {
    const auto found = courier(sink);
    if (!found) return std::unexpected(found.error());
    switch (verb) {
        case SinkVerb::pause:
            return (*found)->pause();
        case SinkVerb::resume:
            return (*found)->resume();
        case SinkVerb::skip_to_end:
            (*found)->skip_to_end();
            break;
        case SinkVerb::stop_replay:
            if (const auto running = (*found)->status().redelivery; !running || running->is_over) {
                return failure(fmt::format("sink {}: nothing is under way", sink));
            }
            (*found)->drop_redelivery();
            break;
    }
    return {};
}

Result<SequenceRange> DaemonOperations::replay(const ReplayRequest& request) {
    const auto found = courier(request.sink);
    if (!found) return std::unexpected(found.error());
    const auto range = find_range(request, parts_.journal, (*found)->status().cursor);
    if (!range) return range;
    const auto taken = (*found)->carry(std::make_unique<Replay>(parts_.journal, *range));
    if (!taken) return std::unexpected(taken.error());
    return range;
}

Result<LetterCensus> DaemonOperations::count_letters(const NumberRanges& numbers) {
    return eventfwd::count_letters(parts_.dead_letters, numbers);
}

Result<std::uint64_t> DaemonOperations::retry_sink(const RetryRequest& request) {
    const auto found = courier(request.name);
    if (!found) return std::unexpected(found.error());
    auto retry = LetterRetry::make(parts_.dead_letters, choice_of(request));
    if (!retry) return std::unexpected(retry.error());
    const std::uint64_t total = (*retry)->status().total;
    if (total == 0) return total;
    const auto taken = (*found)->carry(std::move(*retry));
    if (!taken) return std::unexpected(taken.error());
    return total;
}

Result<LettersTaken> DaemonOperations::retry_input(const RetryRequest& request) {
    const auto input =
        std::ranges::find(parts_.settings.inputs, request.name,
                          [](const InputSettings& each) { return each.intake.name; });
    if (input == parts_.settings.inputs.end()) {
        return failure(fmt::format("there is no input {}", request.name));
    }
    const auto taken =
        parts_.dead_letter_intake.take(input->intake, choice_of(request), kLettersAtOnce);
    if (taken && taken->accepted > 0) {
        spdlog::info("input {}: {} dead letters taken after all, {} refused again", request.name,
                     taken->accepted, taken->refused);
    }
    return taken;
}

}  // namespace eventfwd

// The operator's verbs, on the running daemon.
#pragma once

#include <chrono>

#include "daemon/app/counts_file.h"
#include "daemon/config/settings.h"
#include "daemon/control/operations.h"
#include "daemon/dead_letters/dead_letters.h"
#include "daemon/inputs/input_set.h"
#include "daemon/intake/dead_letter_intake.h"
#include "daemon/outputs/sink_set.h"
#include "daemon/status/status_json.h"
#include "journal/journal.h"

namespace eventfwd {

class DaemonOperations final : public Operations {
  public:
    // All of them outlive the operations.
    struct Parts {
        const Settings& settings;  // in force
        Journal& journal;
        DeadLetters& dead_letters;
        DeadLetterIntake& dead_letter_intake;
        SinkSet& sinks;
        InputSet& inputs;
        const CountsFile& counts;
    };
    explicit DaemonOperations(const Parts& parts) : parts_(parts) {}

    std::string status() override;
    Result<> change_sink(std::string_view sink, SinkVerb verb) override;
    Result<SequenceRange> replay(const ReplayRequest& request) override;
    Result<LetterCensus> count_letters(const NumberRanges& numbers) override;
    Result<std::uint64_t> retry_sink(const RetryRequest& request) override;
    Result<LettersTaken> retry_input(const RetryRequest& request) override;

  private:
    Result<Courier*> courier(std::string_view sink) const;

    const Parts parts_;
    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace eventfwd

#include "daemon/intake/request_intake.h"

namespace eventfwd {

RequestIntake::RequestIntake(const IntakeOptions& options, Journal& journal,
                             DeadLetters& dead_letters, IntakeProbe& probe)
    : options_(options),
      origin_("input " + options.name),
      journal_(journal),
      dead_letters_(dead_letters),
      probe_(probe),
      events_(options.decode) {}

// Counted in one step with its effects, as Intake does.
Result<TakenRequest> RequestIntake::take(std::string_view body, const Arrival& arrival) {
    const std::string_view application =
        arrival.application.empty() ? options_.application : arrival.application;
    const auto read = events_.read({body, body.size(), arrival.received_at, application});
    if (!read) return std::unexpected(read.error());
    TakenRequest taken{{}, events_.accepted(), events_.refused()};
    {
        const std::lock_guard lock(mutex_);
        if (!events_.blocks().empty()) {
            const auto numbers = journal_.append(events_.blocks());
            if (!numbers) return std::unexpected(numbers.error());
            taken.numbers = *numbers;
        }
        ++counts_.packets;
        counts_.received += taken.accepted + taken.refused.size();
        counts_.accepted += taken.accepted;
        for (const RefusedEvent& refused : taken.refused)
            ++counts_.refused[static_cast<std::size_t>(refused.fault.reason)];
    }
    if (!taken.refused.empty()) keep_refused(arrival);
    return taken;
}

void RequestIntake::keep_refused(const Arrival& arrival) {
    LetterBatch letters(origin_);
    for (const RefusedEvent& refused : events_.refused()) {
        letters.add({.time = arrival.received_at,
                     .reason = name_of(refused.fault.reason),
                     .bytes = refused.piece,
                     .true_bytes = refused.piece.size(),
                     .sender = arrival.sender});
    }
    const auto kept = dead_letters_.keep_or_lose(letters);
    if (!kept) probe_.dead_letters_failed(kept.error());
}

IntakeCounts RequestIntake::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

}  // namespace eventfwd

// From datagrams to the journal: decode each, render in place, count and keep what is refused,
// append the block of lines. One for each input; only its listener's thread calls receive().
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/dead_letters/dead_letters.h"
#include "daemon/intake/quotas.h"
#include "daemon/listen/receiver.h"
#include "formatter/decoder.h"
#include "formatter/line.h"
#include "journal/journal.h"

namespace eventfwd {

struct IntakeOptions {
    std::string name;  // the input's, in the configuration
    DecodeOptions decode;
    std::vector<uid_t> allow_uids;  // of Unix senders; empty: any

    bool operator==(const IntakeOptions&) const = default;
};

// sent = packets + what the kernel dropped; received = accepted + refused + deduplicated.
struct IntakeCounts {
    std::uint64_t packets = 0;
    std::uint64_t received = 0;
    std::uint64_t accepted = 0;
    std::array<std::uint64_t, kRefusalNames.size()> refused{};
    std::uint64_t not_allowed = 0;  // packets of senders that allow_uids does not name
};

// What an intake reports about itself.
class IntakeProbe {
  public:
    virtual ~IntakeProbe() = default;
    virtual void journal_full(const std::string& /*input*/, const Error& /*error*/) {}
    virtual void journal_has_room(const std::string& /*input*/) {}
    virtual void events_lost(const std::string& /*input*/, std::size_t /*count*/, const Error&) {}
    virtual void dead_letters_failed(const Error& /*error*/) {}
};

class Intake final : public Receiver, private DecodeHandler {
  public:
    // JOURNAL, DEAD_LETTERS and PROBE outlive the intake.
    // So do QUOTAS. COUNTS is where it begins to count.
    Intake(IntakeOptions options, Journal& journal, DeadLetters& dead_letters, Quotas& quotas,
           IntakeProbe& probe, const IntakeCounts& counts = {});

    bool receive(std::span<const Datagram> datagrams) override;

    // From any thread: the journal's being full is waited for until DEADLINE, and no longer. What
    // waits then is lost, and told.
    void stop(std::chrono::steady_clock::time_point deadline);

    IntakeCounts counts() const;
    const std::string& name() const { return options_.name; }

  private:
    void accept(const Event& event, std::string_view piece) override;
    void refuse(Refusal refusal, std::string_view piece) override;
    void refuse_for_quota(std::string_view piece);
    bool is_allowed(const Datagram& datagram) const;
    void append_lines();
    Result<SequenceRange> append_when_there_is_room();
    void keep_letters();

    const IntakeOptions options_;
    const std::string origin_;  // "input NAME"
    Journal& journal_;
    DeadLetters& dead_letters_;
    Quotas& quotas_;
    IntakeProbe& probe_;
    Decoder decoder_;
    LineBuffer lines_;
    IntakeCounts batch_;  // of the call at hand
    const Datagram* datagram_ = nullptr;
    std::string letters_;  // refused pieces of the call at hand
    std::uint64_t letter_count_ = 0;

    bool has_lost_ = false;  // in the call at hand
    Instant sampled_at_;     // when an event over its quota was last kept

    mutable std::mutex mutex_;  // guards counts_ and deadline_
    std::condition_variable deadline_changed_;
    IntakeCounts counts_;
    std::optional<std::chrono::steady_clock::time_point> deadline_;  // of a stop
};

}  // namespace eventfwd

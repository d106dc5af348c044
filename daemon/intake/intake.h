// From datagrams to the journal: decode each, render in place, count and keep what is refused,
// append the block of lines. One for each input; only its listener's thread calls receive().
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "daemon/dead_letters/dead_letters.h"
#include "daemon/intake/quotas.h"
#include "daemon/listen/receiver.h"
#include "formatter/line/line_buffer.h"
#include "formatter/packet/decoder.h"
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

    void add(const IntakeCounts& counts);
};

// Lines, rendered, that the journal has had no room for yet. They count as received when they are
// in it.
struct WaitingLines {
    std::string bytes;
    std::size_t count = 0;
};
using WaitingBlocks = std::deque<WaitingLines>;

std::size_t line_count(const WaitingBlocks& blocks);

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
    // JOURNAL, DEAD_LETTERS, QUOTAS and PROBE outlive the intake. WAITING is what an intake before
    // this one was halted with: it comes first.
    Intake(IntakeOptions options, Journal& journal, DeadLetters& dead_letters, Quotas& quotas,
           IntakeProbe& probe, WaitingBlocks waiting = {});

    // Appends what has been waiting.
    void begin() override;
    bool receive(std::span<const Datagram> datagrams) override;

    // From any thread: room in the journal is not waited for any more. Lines that find none are
    // kept, also those that are received from now on, for whoever takes over.
    void halt();
    // After halt(), when the listener has ended.
    WaitingBlocks take_waiting() { return std::move(waiting_); }

    // From any thread: the journal's being full is waited for until DEADLINE, and no longer. What
    // waits then is lost, and told.
    void stop(std::chrono::steady_clock::time_point deadline);

    IntakeCounts counts() const;
    // Whether lines are held because the journal takes none: it is full, or its disk fails.
    bool waits_for_room() const { return waits_for_room_; }
    const std::string& name() const { return options_.name; }

  private:
    void accept(const Event& event, std::string_view piece) override;
    void refuse(Refusal refusal, std::string_view piece) override;
    void refuse_for_quota(std::string_view piece);
    bool is_allowed(const Datagram& datagram) const;
    void append_lines();
    Result<SequenceRange> append_when_there_is_room(std::string_view lines, std::size_t count);
    bool must_not_wait() const;
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

    WaitingBlocks waiting_;  // before anything else goes to the journal

    std::atomic<bool> waits_for_room_ = false;

    mutable std::mutex mutex_;  // guards all below
    std::condition_variable wish_changed_;
    IntakeCounts counts_;
    bool is_halting_ = false;
    std::optional<std::chrono::steady_clock::time_point> deadline_;  // of a stop
};

}  // namespace eventfwd

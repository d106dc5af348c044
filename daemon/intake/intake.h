// From packets to what the journal and the dead letters get of them, whatever they came by: events
// are rendered in place into a block of lines, refusals are counted and kept. One for each input.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "daemon/dead_letters/dead_letters.h"
#include "daemon/intake/intake_options.h"
#include "daemon/intake/intake_probe.h"
#include "daemon/intake/quotas.h"
#include "formatter/line/line_buffer.h"
#include "formatter/packet/decoder.h"
#include "journal/journal.h"

namespace eventfwd {

// sent = packets + what the kernel dropped; received = accepted + refused.
struct IntakeCounts {
    std::uint64_t packets = 0;
    std::uint64_t received = 0;
    std::uint64_t accepted = 0;
    std::array<std::uint64_t, kRefusalNames.size()> refused{};
    std::uint64_t not_allowed = 0;  // packets of senders that allow_uids does not name

    void add(const IntakeCounts& counts);
};

// Used on its input's thread, but for counts().
class Intake final : private DecodeHandler {
  public:
    // All of them outlive the intake.
    struct Parts {
        DeadLetters& dead_letters;
        Quotas& quotas;
        IntakeProbe& probe;
        const Clock& clock;
        // Called on the input's thread when something was counted that no append shows; empty: not.
        std::function<void()> counted{};
    };
    // BLOCK_FULL is called when the block has no room for another line: it must clear it.
    Intake(const IntakeOptions& options, const Parts& parts, std::function<void()> block_full);

    // Looks at the clock, for the packets that follow: quotas and samples go by the steady one.
    void look_at_clock();
    // Counts PACKET and takes its events; UID has sent it.
    void take(const Packet& packet, uid_t uid);
    // Counts a packet of a sender that must not send.
    void refuse_sender();

    // The block of rendered lines that are not in the journal yet.
    LineBuffer& lines() { return lines_; }

    // Calls APPEND, which brings COUNT lines to the journal and gives a Result, and counts them if
    // it succeeds, with all that was counted before them. No snapshot comes between the two: it
    // never shows an event without its count.
    template <class Append>
    auto append(std::size_t count, Append&& append) {
        const std::lock_guard lock(mutex_);
        auto appended = append();
        if (appended) {
            batch_.received += count;
            batch_.accepted += count;
            publish();
        }
        return appended;
    }
    // Publishes what was counted, and then keeps what was refused.
    void keep_letters();

    // The counts, and a lock: until that goes, nothing is appended or counted.
    struct Held {
        std::unique_lock<std::mutex> lock;
        IntakeCounts counts;
    };
    Held hold() const;
    IntakeCounts counts() const { return hold().counts; }
    const std::string& name() const { return options_.name; }

  private:
    void accept(const Event& event, std::string_view piece) override;
    void refuse(const Fault& fault, std::string_view piece) override;
    SteadyInstant received_at() const;
    bool is_sample_due();
    void count_refused(Refusal reason);
    void publish();

    const IntakeOptions options_;
    const Parts parts_;
    const std::function<void()> block_full_;
    Decoder decoder_;
    LineBuffer lines_;
    const Packet* packet_ = nullptr;  // the one at hand
    uid_t uid_ = Quotas::kNobody;     // who sent it
    LetterBatch letters_;             // refused pieces that are not kept yet
    // As look_at_clock() has found them.
    Instant wall_now_;
    SteadyInstant steady_now_;
    std::optional<SteadyInstant> sampled_at_;  // when an event over its quota was last kept
    IntakeCounts batch_;                       // what is not published yet

    mutable std::mutex mutex_;  // guards counts_
    IntakeCounts counts_;
};

}  // namespace eventfwd

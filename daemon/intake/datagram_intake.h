// From datagrams to the journal: each is decoded and rendered in place, what is refused is counted
// and kept, and the block of lines is appended. Only its listener's thread calls receive().
#pragma once

#include <deque>
#include <string>

#include "daemon/intake/intake.h"
#include "daemon/intake/room_waiter.h"
#include "daemon/listen/receiver.h"
#include "journal/journal.h"

namespace eventfwd {

// Lines, rendered, that the journal has had no room for yet. They count as received when they are
// in it.
struct WaitingLines {
    std::string bytes;
    std::size_t count = 0;
};
using WaitingBlocks = std::deque<WaitingLines>;

std::size_t line_count(const WaitingBlocks& blocks);

class DatagramIntake final : public Receiver {
  public:
    // JOURNAL and PARTS outlive the intake. WAITING is what an intake before this one was halted
    // with: it comes first.
    DatagramIntake(const IntakeOptions& options, Journal& journal, const Intake::Parts& parts,
                   WaitingBlocks waiting = {});

    // Appends what has been waiting.
    void begin() override;
    bool receive(std::span<const Datagram> datagrams) override;

    // From any thread: room in the journal is not waited for any more. Lines that find none are
    // kept, also those that are received from now on, for the intake that takes over.
    void halt() { room_.halt(); }
    // After halt(), when the listener has ended.
    WaitingBlocks take_waiting() { return std::move(waiting_); }

    // From any thread: waits for room in the journal until DEADLINE, and no longer. What waits then
    // is lost, and reported.
    void stop(std::chrono::steady_clock::time_point deadline) { room_.stop(deadline); }

    Intake::Held hold() const { return intake_.hold(); }
    IntakeCounts counts() const { return intake_.counts(); }
    // Whether lines are held because the journal takes none: it is full, or its disk fails.
    bool waits_for_room() const { return room_.is_waiting(); }
    const std::string& name() const { return intake_.name(); }

  private:
    bool is_allowed(const Datagram& datagram) const;
    void append_lines();
    Result<SequenceRange> append(std::string_view lines, std::size_t count);

    const IntakeOptions options_;
    Journal& journal_;
    IntakeProbe& probe_;
    Intake intake_;
    RoomWaiter room_;
    WaitingBlocks waiting_;  // before anything else goes to the journal
    bool has_lost_ = false;  // in the call at hand
};

}  // namespace eventfwd

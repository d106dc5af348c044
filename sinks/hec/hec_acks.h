// Batches that a HEC has taken and not yet acknowledged, on one channel. Pure bookkeeping: the sink
// asks, and those who wait look at their tickets. A server that begins to count anew, because it
// was restarted or is another one, makes every older id mean nothing: those tickets are lost, and
// their batches in doubt.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace eventfwd {

class HecAcks {
  public:
    using Ticket = std::uint64_t;
    enum class State { waiting, acknowledged, lost };

    // A batch was taken under ID.
    Ticket expect(std::uint64_t id);
    State state(Ticket ticket) const { return entries_.at(ticket).state; }
    void forget(Ticket ticket) { entries_.erase(ticket); }

    bool is_waiting() const;
    // Ids came that had been given out before: the channel can be trusted no longer.
    bool is_confused() const { return is_confused_; }
    // From here on ids are those of a new channel.
    void begin_channel();

    // The body that asks for all that are waited for.
    std::string question() const;
    // Takes the answer to it. False where BODY is none; ids that nobody waits for are left out.
    bool apply(std::string_view body);

  private:
    struct Entry {
        std::uint64_t id = 0;
        State state = State::waiting;
    };
    std::map<Ticket, Entry> entries_;
    Ticket next_ticket_ = 0;
    std::optional<std::uint64_t> highest_;  // id on this channel
    bool is_confused_ = false;
};

}  // namespace eventfwd

// What a listener hands its datagrams to.
#pragma once

#include <span>
#include <string_view>

#include "core/clock.h"

namespace eventfwd {

struct Datagram {
    std::string_view bytes;              // as far as it was received
    std::size_t true_bytes = 0;          // more than BYTES has where the kernel had to cut it
    Instant received_at;                 // when the kernel got it
    uid_t uid = static_cast<uid_t>(-1);  // of the sender, on Unix sockets
};

class Receiver {
  public:
    virtual ~Receiver() = default;
    // On the listener's thread, before the first batch.
    virtual void begin() {}
    // Takes a batch; when the call returns, its events are in the journal. On the listener's
    // thread. False where it could not take all of it: what can wait elsewhere should.
    virtual bool receive(std::span<const Datagram> datagrams) = 0;
};

}  // namespace eventfwd

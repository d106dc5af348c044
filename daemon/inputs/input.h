// A running input: what InputSet asks of it, whatever it takes events by.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/intake/datagram_intake.h"
#include "daemon/listen/datagram_socket.h"
#include "daemon/status/status.h"

namespace eventfwd {

// As long as they are held, inputs append and count nothing.
using CountsLocks = std::vector<std::unique_lock<std::mutex>>;

// Used on one thread, but for what is said otherwise. Everything that can fail is done before it is
// made.
class Input {
  public:
    virtual ~Input() = default;
    virtual const std::string& name() const = 0;

    // Begins to take events, on threads of its own.
    virtual void start() = 0;

    // Before it is changed or removed: it takes nothing more, and what it has taken it keeps where
    // the journal has no room. request_halt() does not wait for that, halt() does. Sockets go on
    // queueing.
    virtual void request_halt() = 0;
    virtual void halt() = 0;
    // After halt(): what the kernel dropped at its sockets, which status() then counts anew.
    virtual std::uint64_t take_kernel_drops() = 0;
    // After halt(): gives away the sockets of these names.
    virtual std::vector<DatagramSocket> hand_over(const std::vector<std::string>& names) = 0;
    // After that: takes what the kernel holds at the sockets that are left. Gives what has no room
    // in the journal.
    virtual WaitingBlocks retire() = 0;

    // An orderly stop: takes what the kernel holds, and waits for room in the journal until
    // DEADLINE. join() waits for its end.
    virtual void stop(std::chrono::steady_clock::time_point deadline) = 0;
    virtual void join() = 0;

    virtual const std::vector<DatagramSocket>& sockets() const = 0;
    // From any thread. Adds the lock of its counts to LOCKS: they stay true until that goes.
    virtual InputStatus status(CountsLocks& locks) = 0;
};

}  // namespace eventfwd

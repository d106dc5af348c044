// The socket that leads from a sink to its destination. Nothing on it blocks, and whatever waits
// ends: when there is something to do, at a deadline, or because it is interrupted.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "core/result.h"
#include "net/connector.h"
#include "sinks/syslog/syslog_address.h"

namespace eventfwd {

// Used on the thread of its executor alone, which runs no longer when the socket is destroyed.
class PeerSocket {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    explicit PeerSocket(const boost::asio::any_io_executor& executor)
        : descriptor_(executor), timer_(executor) {}

    // Looks the host up anew and connects to one of its addresses, until DEADLINE. What was open is
    // closed.
    boost::asio::awaitable<Result<>> connect(const SyslogAddress& address, TimePoint deadline);
    void close();
    // The next connect() tries the host's other addresses first: this one is of no use.
    void leave_address() { connector_.leave_address(); }
    bool is_open() const { return descriptor_.is_open(); }
    int fd() { return descriptor_.native_handle(); }

    // Each may end early; the caller looks what there is to do, and at the clock.
    boost::asio::awaitable<void> wait_readable(TimePoint until);
    boost::asio::awaitable<void> wait_writable(TimePoint until);
    boost::asio::awaitable<void> pause(std::chrono::microseconds duration);

    // Ends what waits, and whatever would wait from here on until allow().
    void interrupt();
    void allow() { is_interrupted_ = false; }
    bool is_interrupted() const { return is_interrupted_; }

    // Bytes that the peer's kernel has not acknowledged; of a Unix socket, the memory of what the
    // peer has not read. Nothing where the kernel does not say.
    std::size_t unacknowledged();
    // What went wrong on the socket since it was last asked, as errno; 0: nothing.
    int take_error();

  private:
    Result<> connect_to_path(const SyslogAddress& address);
    Result<> adopt(UniqueFd fd, const SyslogAddress& address);
    boost::asio::awaitable<void> wait(boost::asio::posix::stream_descriptor::wait_type what,
                                      TimePoint until);

    boost::asio::posix::stream_descriptor descriptor_;
    boost::asio::steady_timer timer_;
    Connector connector_;
    std::uint64_t waits_ = 0;
    bool is_interrupted_ = false;
};

}  // namespace eventfwd

// The ways messages go: over a stream (TCP, TLS, Unix), or as datagrams (UDP, Unix). A transport
// keeps its connection between batches and makes a new one when that is gone.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "sinks/sink.h"
#include "sinks/syslog/syslog_message.h"
#include "sinks/syslog/syslog_options.h"

namespace eventfwd {

// Used on the thread of its executor alone, which runs no longer when the transport is destroyed.
class SyslogTransport {
  public:
    virtual ~SyslogTransport() = default;

    // One outcome for all of MESSAGES; their indices are those of the batch's lines.
    virtual boost::asio::awaitable<Outcome> send(const SyslogMessages& messages) = 0;
    // Makes a new connection for the next send, with what the files of its certificates hold now.
    // Not while a send is under way.
    virtual void reopen() = 0;
    // Ends the send that is under way as soon as it can.
    virtual void interrupt() = 0;
    virtual ConnectionStatus status() const = 0;
};

std::unique_ptr<SyslogTransport> make_stream_transport(
    const SyslogPeer& peer, const boost::asio::any_io_executor& executor);
std::unique_ptr<SyslogTransport> make_datagram_transport(
    const SyslogPeer& peer, const boost::asio::any_io_executor& executor);

}  // namespace eventfwd

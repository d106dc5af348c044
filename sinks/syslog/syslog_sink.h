// Events as syslog messages, to rsyslog, syslog-ng or anything else that takes RFC 5424 or RFC
// 3164. A syslog server never answers, so over a stream a batch is delivered when the peer's kernel
// has acknowledged its bytes; over UDP when our own has taken it. What the peer has acknowledged
// and loses before it is read, it loses: the protocol has no word for it.
#pragma once

#include <memory>

#include "sinks/sink.h"
#include "sinks/syslog/syslog_message.h"
#include "sinks/syslog/syslog_options.h"
#include "sinks/syslog/syslog_transport.h"

namespace eventfwd {

class SyslogSink final : public Sink {
  public:
    explicit SyslogSink(const SyslogSinkOptions& options);

    boost::asio::awaitable<Outcome> send(const Batch& batch, Checkpoint& checkpoint) override;
    bool is_remote() const override { return true; }
    void reopen() override { wants_reopen_ = true; }
    void abandon() override;
    std::vector<ConnectionStatus> connections() const override;

  private:
    const SyslogPeer peer_;
    SyslogRenderer renderer_;
    std::unique_ptr<SyslogTransport> transport_;  // null before the first batch
    bool wants_reopen_ = false;
};

}  // namespace eventfwd

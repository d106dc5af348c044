#include "sinks/syslog/syslog_sink.h"

#include <unistd.h>

#include <boost/asio/this_coro.hpp>

namespace eventfwd {

SyslogSink::SyslogSink(const SyslogSinkOptions& options)
    : peer_(options.peer), renderer_(options.format, ::getpid()) {}

boost::asio::awaitable<Outcome> SyslogSink::send(const Batch& batch, Checkpoint&) {
    if (transport_ == nullptr) {
        const auto executor = co_await boost::asio::this_coro::executor;
        transport_ = peer_.address.is_datagram() ? make_datagram_transport(peer_, executor)
                                                 : make_stream_transport(peer_, executor);
    }
    if (std::exchange(wants_reopen_, false)) transport_->reopen();
    const SyslogMessages messages = renderer_.render(batch);
    co_return co_await transport_->send(messages);
}

void SyslogSink::abandon() {
    if (transport_ != nullptr) transport_->interrupt();
}

std::vector<ConnectionStatus> SyslogSink::connections() const {
    if (transport_ == nullptr) return {{peer_.address.text(), "not connected", ""}};
    return {transport_->status()};
}

}  // namespace eventfwd

// Lines to standard output.
#pragma once

#include "sinks/sink.h"

namespace eventfwd {

struct StdoutSinkOptions {
    bool operator==(const StdoutSinkOptions&) const = default;
};

class StdoutSink final : public Sink {
  public:
    boost::asio::awaitable<Outcome> send(const Batch& batch, Checkpoint& checkpoint) override;

  private:
    std::uint64_t begun_sequence_ = 0;  // of a batch that was written in part, 0 if none
    std::size_t begun_bytes_ = 0;       // how much of it is out
};

}  // namespace eventfwd

// Lines to standard output.
#pragma once

#include <string>

#include "sinks/sink.h"

namespace eventfwd {

class StdoutSink final : public Sink {
  public:
    boost::asio::awaitable<Outcome> send(const Batch& batch, Checkpoint& checkpoint) override;
    // A batch that is out in part goes on where it was, also in the sink that takes this one's
    // place at a reload.
    void save_state(Record& cursor) const override;
    void restore_state(const Record& cursor) override;

  private:
    Outcome write(const Batch& batch);

    std::uint64_t begun_sequence_ = 0;  // the first number of a batch that is out in part; 0: none
    bool is_begun_replay_ = false;      // whether that is one of a replay
    std::uint64_t next_sequence_ = 0;   // of that batch the first number of which nothing is out
    std::string rest_;                  // of the line before that, what is still to come
};

}  // namespace eventfwd

// Splunk's HTTP Event Collector: batches go as one request each, several at once, over connections
// that are kept alive, to the URL that has the least to do. Where acknowledgements are asked for, a
// batch is delivered when Splunk says that it is indexed; waiting for that takes no connection.
#pragma once

#include <memory>
#include <vector>

#include "core/clock.h"
#include "core/compress/gzip.h"
#include "net/async_event.h"
#include "sinks/hec/hec_body.h"
#include "sinks/hec/hec_options.h"
#include "sinks/hec/hec_pool.h"
#include "sinks/sink.h"

namespace eventfwd {

class HecSink final : public Sink {
  public:
    // CLOCK and PROBE outlive the sink. JOURNAL_ID tells this journal's numbers from those of
    // others.
    HecSink(HecSinkOptions options, const std::string& journal_id, const Clock& clock,
            HecSinkProbe& probe);

    boost::asio::awaitable<Outcome> send(const Batch& batch, Checkpoint& checkpoint) override;
    std::size_t in_flight_max() const override;
    bool is_remote() const override { return true; }
    void reopen() override;
    void abandon() override;
    std::vector<ConnectionStatus> connections() const override { return pool_.statuses(); }

  private:
    struct Body {
        ByteBuffer text;
        ByteBuffer packed;
    };
    // One attempt over one connection.
    struct Attempt {
        Outcome outcome;
        bool is_elsewhere_possible = false;  // it failed, and another URL is well
        bool has_ticket = false;             // the outcome is what the acknowledgement says
        HecAcks::Ticket ticket = 0;
        std::size_t url = 0;
        HecConnection* connection = nullptr;
        std::chrono::steady_clock::time_point since;  // when the batch was sent
    };

    Result<> prepare();
    std::unique_ptr<Body> take_body(const Batch& batch);
    boost::asio::awaitable<Attempt> attempt(const Batch& batch, std::unique_ptr<Body>& body);
    HecRequest request_for(const HecLease& lease, const Batch& batch, std::unique_ptr<Body>& body);
    Attempt judge(const HecExchange& exchange, const HecLease& lease, std::size_t count,
                  std::chrono::microseconds timeout);
    Outcome of_all_urls(Outcome outcome) const;
    Outcome outcome_of_exchange(const HecExchange& exchange, std::size_t count) const;
    bool has_other_token(const std::string& refused);
    boost::asio::awaitable<Outcome> wait_for_ack(const Attempt& attempt, std::size_t count);
    boost::asio::awaitable<void> ask_for_acks(std::size_t url, HecConnection& connection,
                                              std::chrono::steady_clock::time_point deadline);

    const Clock& clock_;
    HecTransport transport_;
    HecBodyWriter writer_;
    Gzip gzip_;
    HecPool pool_;
    std::vector<std::unique_ptr<Body>> bodies_;  // free ones, used again
    std::vector<const HecConnection*> asked_;    // those whose acknowledgements somebody asks for
    AsyncEvent acks_changed_;
    bool must_read_secrets_ = true;
};

}  // namespace eventfwd

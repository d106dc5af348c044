// What other threads call: to start a courier, to end it, and to change what it does.
#include "daemon/deliver/courier.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <future>
#include <utility>

#include "core/check.h"
#include "core/thread.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

// How long pause() and resume() wait to hear that they are saved.
constexpr auto kAnswerMax = std::chrono::seconds(2);

}  // namespace

Courier::Courier(CourierOptions options, std::unique_ptr<Sink> sink, Journal& journal,
                 DeadLetters& dead_letters, const Clock& clock, CourierProbe& probe)
    : options_(std::move(options)),
      sink_(std::move(sink)),
      journal_(journal),
      clock_(clock),
      probe_(probe),
      batcher_(options_.match, options_.form),
      keeper_({options_.name, options_.durable_cursor, options_.save_interval},
              {*sink_, journal, dead_letters, clock, probe, board_}),
      delivery_(options_.name, options_.retry,
                {*sink_, keeper_, dead_letters, clock, probe, board_,
                 [this](const InFlightBatch& in_flight) {
                     return is_interrupted() || redeliveries_.has_dropped(in_flight);
                 },
                 [this] { return must_end(); }}),
      waiter_(io_, journal, clock, options_.batch.linger),
      redeliveries_(options_.name, options_.batch, options_.durable_cursor,
                    {io_, *sink_, batcher_, delivery_, probe, board_, [this] { waiter_.wake(); }}) {
    keeper_.find(options_.from_start);
    board_.change([&](CourierStatus& status) {
        status.state = keeper_.is_paused() ? SinkState::paused : SinkState::idle;
    });
    reader_ = std::make_unique<TailReader>(journal_, cursor() + 1);
    journal_.cursors().hold(options_.name, cursor());
}

Courier::~Courier() {
    join();
}

void Courier::start() {
    keeper_.begin();
    asio::co_spawn(io_, run(), end_daemon_on_exception);
    thread_ = std::thread([this] {
        name_this_thread("to " + options_.name);
        io_.run();
    });
}

void Courier::stop(SteadyClock::time_point deadline) {
    waiter_.call([this, deadline] {
        is_stopping_ = true;
        deadline_ = deadline;
        waiter_.set_deadline(deadline);
        deadline_timer_.expires_at(deadline);
        deadline_timer_.async_wait([this](const boost::system::error_code& error) {
            if (error) return;
            sink_->abandon();
            wake();
        });
        wake();
    });
}

void Courier::join() {
    if (thread_.joinable()) thread_.join();
}

void Courier::reopen() {
    waiter_.call([this] {
        sink_->reopen();
        wake();  // what was in its way may be gone
    });
}

// Saved before it is answered, so that it is true over a kill, too.
Result<> Courier::set_paused(bool is_paused) {
    const auto saved = std::make_shared<std::promise<Result<>>>();
    auto answer = saved->get_future();
    waiter_.call([this, is_paused, saved] {
        keeper_.set_paused(is_paused);
        wake();
        saved->set_value(keeper_.save_now());
    });
    if (answer.wait_for(kAnswerMax) == std::future_status::ready) return answer.get();
    return failure(
        fmt::format("sink {} is busy with its disk and does so as soon as it can", options_.name));
}

void Courier::skip_to_end() {
    waiter_.call([this, last = journal_.end().next_sequence - 1] {
        skip_to_ = last;
        wake();
    });
}

Result<> Courier::carry(std::unique_ptr<Redelivery> redelivery) {
    if (const auto offered = redeliveries_.offer(redelivery->status()); !offered) return offered;
    waiter_.call([this, given = std::move(redelivery)]() mutable {
        redeliveries_.begin(std::move(given));
        waiter_.wake();
    });
    return {};
}

void Courier::drop_redelivery() {
    waiter_.call([this] {
        redeliveries_.drop();
        wake();
    });
}

// Ends every wait on this thread.
void Courier::wake() {
    waiter_.wake();
    delivery_.wake();
}

bool Courier::must_end() const {
    return is_stopping_ && SteadyClock::now() >= deadline_;
}

}  // namespace eventfwd

#include "net/connector.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "core/contains.h"
#include "net/await.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;
using Connected = Result<ConnectedSocket>;

constexpr std::size_t kLeftMax = 16;  // addresses that are remembered to be of no use

}  // namespace

std::vector<Address> order_of_attempts(const std::vector<Address>& found,
                                       std::span<const Address> left) {
    std::vector<Address> first, second;  // of the first one's family, and of the other
    for (const Address& address : found) {
        if (contains(left, address)) continue;
        const bool is_first = first.empty() || address.family() == first.front().family();
        (is_first ? first : second).push_back(address);
    }
    std::vector<Address> order;
    for (std::size_t at = 0; at < std::max(first.size(), second.size()); ++at) {
        if (at < first.size()) order.push_back(first[at]);
        if (at < second.size()) order.push_back(second[at]);
    }
    for (const Address& address : left) {
        if (contains(found, address)) order.push_back(address);
    }
    return order;
}

// The attempts that are under way. A timer that fires behind its wait may still refer to it.
class Connector::Race : public std::enable_shared_from_this<Race> {
  public:
    explicit Race(const asio::any_io_executor& executor) : ready_(executor), timer_(executor) {}

    // Before anything else. The errno of what went wrong, or 0; as those below.
    int open() {
        poll_ = ::epoll_create1(EPOLL_CLOEXEC);
        if (poll_ < 0) return errno;
        boost::system::error_code error;
        ready_.assign(poll_, error);
        if (error) ::close(poll_);
        return error.value();
    }
    bool is_empty() const { return attempts_.empty(); }

    int begin(const Address& address, int type) {
        ConnectedSocket attempt;
        attempt.address = address;
        attempt.fd = UniqueFd(::socket(address.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (!attempt.fd) return errno;
        const int code = look_at(attempt);
        if (code != 0 && code != EINPROGRESS) return code;
        epoll_event wanted{};
        wanted.events = EPOLLOUT;
        if (::epoll_ctl(poll_, EPOLL_CTL_ADD, attempt.fd.get(), &wanted) != 0) return errno;
        attempts_.push_back(std::move(attempt));
        return 0;
    }
    // The first attempt that has connected. Those that failed are over; ERROR is the last reason.
    std::optional<ConnectedSocket> take_winner(int& error) {
        for (auto attempt = attempts_.begin(); attempt != attempts_.end();) {
            const int code = look_at(*attempt);
            if (code == 0) return std::move(*attempt);
            if (code == EINPROGRESS) {
                ++attempt;
            } else {
                error = code;
                attempt = attempts_.erase(attempt);
            }
        }
        return {};
    }
    // Until an attempt may be over, wake(), or UNTIL; it can end early.
    asio::awaitable<void> wait(TimePoint until) {
        timer_.expires_at(until);
        timer_.async_wait([race = shared_from_this()](const boost::system::error_code& error) {
            if (!error) race->wake();
        });
        co_await ready_.async_wait(asio::posix::stream_descriptor::wait_read, kToken);
        timer_.cancel();
    }
    void wake() {
        boost::system::error_code ignored;
        ready_.cancel(ignored);
    }

  private:
    // Asking again tells what became of it: 0, EINPROGRESS, or why it failed.
    static int look_at(const ConnectedSocket& attempt) {
        const Address& to = attempt.address;
        if (::connect(attempt.fd.get(), to.raw(), to.length()) == 0 || errno == EISCONN) return 0;
        return errno == EALREADY || errno == EINTR ? EINPROGRESS : errno;
    }

    std::vector<ConnectedSocket> attempts_;
    int poll_ = -1;  // ready_'s: readable when one of them is over
    asio::posix::stream_descriptor ready_;
    asio::steady_timer timer_;
};

asio::awaitable<Connected> Connector::connect(ConnectTarget target, TimePoint deadline) {
    is_cancelled_ = false;
    current_.reset();
    const auto found = co_await resolver_.resolve(target.host, target.port, deadline);
    if (is_cancelled_) {
        co_return failure(fmt::format("look up {}: interrupted", target.host), ECANCELED);
    }
    if (!found) co_return std::unexpected(found.error());
    auto order = order_of_attempts(*found, left_);
    co_return co_await connect_to(std::move(order), std::move(target), deadline);
}

asio::awaitable<Connected> Connector::connect_to(std::vector<Address> addresses,
                                                 ConnectTarget target, TimePoint deadline) {
    is_cancelled_ = false;
    const auto executor = co_await asio::this_coro::executor;
    const auto race = std::make_shared<Race>(executor);
    race_ = race;
    int error = race->open();
    bool must_end = error != 0;
    std::optional<ConnectedSocket> winner;
    std::size_t next = 0;
    TimePoint next_at = TimePoint::min();
    while (!must_end) {
        winner = race->take_winner(error);
        if (winner) break;
        const auto now = SteadyClock::now();
        const bool has_next = next < addresses.size();
        if (is_cancelled_ || now >= deadline) {
            error = is_cancelled_ ? ECANCELED : ETIMEDOUT;
            must_end = true;
        } else if (has_next && (race->is_empty() || now >= next_at)) {
            const int code = race->begin(addresses[next++], target.type);
            if (code != 0) error = code;
            next_at = now + kConnectHeadStart;
        } else if (!race->is_empty()) {
            co_await race->wait(has_next ? std::min(next_at, deadline) : deadline);
        } else {
            must_end = true;
        }
    }
    race_.reset();
    if (!winner) {
        co_return failure(fmt::format("{}: {}", target.attempted, error_text(error)), error);
    }
    current_ = winner->address;
    co_return std::move(*winner);
}

void Connector::leave_address() {
    if (!current_) return;
    std::erase(left_, *current_);
    if (left_.size() == kLeftMax) left_.erase(left_.begin());
    left_.push_back(*current_);
}

void Connector::cancel() {
    is_cancelled_ = true;
    resolver_.cancel();
    if (race_ != nullptr) race_->wake();
}

}  // namespace eventfwd

#include "net/resolver.h"

#include <fmt/format.h>
#include <netdb.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "net/await.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using Answer = Result<std::vector<Address>>;

Answer look_up(const std::string& host, std::uint16_t port, int flags) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_DGRAM;  // any one will do: each address once
    hints.ai_flags = AI_NUMERICSERV | flags;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (code != 0) {
        return failure(fmt::format("look up {}: {}", host,
                                   code == EAI_SYSTEM ? error_text(errno) : ::gai_strerror(code)));
    }
    std::vector<Address> addresses;
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
        if (const auto address = Address::of(each->ai_addr, each->ai_addrlen)) {
            addresses.push_back(*address);
        }
    }
    ::freeaddrinfo(found);
    if (addresses.empty()) return failure(fmt::format("look up {}: it has no address", host));
    return addresses;
}

}  // namespace

// What the coroutine that waits and the thread that looks up share. The timer is the coroutine's:
// the thread may outlive both it and its executor.
class Resolver::Question {
  public:
    explicit Question(asio::steady_timer& timer) : timer_(&timer) {}

    // On the coroutine's thread.
    void wake() {
        const std::lock_guard lock(mutex_);
        if (timer_ != nullptr) timer_->cancel();
    }
    std::optional<Answer> take_answer() {
        const std::lock_guard lock(mutex_);
        return std::move(answer_);
    }
    // Nobody waits any more.
    void abandon() {
        const std::lock_guard lock(mutex_);
        timer_ = nullptr;
    }

    // On the other thread.
    static void answer(const std::shared_ptr<Question>& question, Answer answer) {
        const std::lock_guard lock(question->mutex_);
        if (question->timer_ == nullptr) return;
        question->answer_ = std::move(answer);
        asio::post(question->timer_->get_executor(), [question] { question->wake(); });
    }

  private:
    std::mutex mutex_;  // guards both below
    asio::steady_timer* timer_;
    std::optional<Answer> answer_;
};

asio::awaitable<Answer> Resolver::resolve(const std::string& host, std::uint16_t port,
                                          std::chrono::steady_clock::time_point deadline) {
    if (auto numeric = look_up(host, port, AI_NUMERICHOST)) co_return numeric;
    asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
    const auto question = std::make_shared<Question>(timer);
    question_ = question;
    // Also where the coroutine is destroyed as it waits.
    const std::unique_ptr<Question, void (*)(Question*)> abandoning(
        question.get(), [](Question* each) { each->abandon(); });
    try {
        std::thread([question, host, port] {
            Question::answer(question, look_up(host, port, 0));
        }).detach();
    } catch (const std::system_error& error) {
        co_return failure(fmt::format("look up {}: {}", host, error.what()));
    }
    // An answer that is there already wakes it: that is posted to this very thread.
    co_await timer.async_wait(kToken);
    question_.reset();
    if (auto answer = question->take_answer()) co_return std::move(*answer);
    co_return failure(fmt::format("look up {}: no answer in time", host), ETIMEDOUT);
}

void Resolver::cancel() {
    if (question_ != nullptr) question_->wake();
}

}  // namespace eventfwd

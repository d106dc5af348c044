#include "net/resolver.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "core/unique_fd.h"
#include "net/await.h"

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using Answer = Result<std::vector<Address>>;

Answer look_up_with(const std::string& host, std::uint16_t port, int flags) {
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

Answer look_up(const std::string& host, std::uint16_t port) {
    return look_up_with(host, port, 0);
}

// What the coroutine that waits and the thread that looks up share. The thread may outlive the
// coroutine and its executor: it touches neither, and wakes by a descriptor.
class Resolver::Question {
  public:
    Question() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

    // Becomes readable by wake().
    int descriptor() const { return event_.get(); }
    void wake() const {
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof(one));
    }

    // On the other thread.
    void answer(Answer answer) {
        {
            const std::lock_guard lock(mutex_);
            answer_ = std::move(answer);
        }
        wake();
    }
    std::optional<Answer> take_answer() {
        const std::lock_guard lock(mutex_);
        return std::move(answer_);
    }

  private:
    const UniqueFd event_;
    std::mutex mutex_;  // guards answer_
    std::optional<Answer> answer_;
};

asio::awaitable<Answer> Resolver::resolve(const std::string& host, std::uint16_t port,
                                          std::chrono::steady_clock::time_point deadline) {
    if (auto numeric = look_up_with(host, port, AI_NUMERICHOST)) co_return numeric;
    const auto question = std::make_shared<Question>();
    const int descriptor = ::fcntl(question->descriptor(), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) co_return system_failure("look up", host, errno);
    const auto executor = co_await asio::this_coro::executor;
    asio::posix::stream_descriptor woken(executor, descriptor);
    asio::steady_timer timer(executor, deadline);
    timer.async_wait([question](const boost::system::error_code& error) {
        if (!error) question->wake();
    });
    try {
        std::thread([question, host, port] { question->answer(look_up(host, port)); }).detach();
    } catch (const std::system_error& error) {
        co_return failure(fmt::format("look up {}: {}", host, error.what()));
    }
    question_ = question;
    co_await woken.async_wait(asio::posix::stream_descriptor::wait_read, kToken);
    question_.reset();
    if (auto answer = question->take_answer()) co_return std::move(*answer);
    co_return failure(fmt::format("look up {}: no answer in time", host), ETIMEDOUT);
}

void Resolver::cancel() {
    if (question_ != nullptr) question_->wake();
}

}  // namespace eventfwd

#include "sinks/hec/resolver.h"

#include <fmt/format.h>
#include <netdb.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using Addresses = Resolver::Addresses;

Result<Addresses> ask_system(const std::string& host, const std::string& port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
    if (error != 0) return failure(fmt::format("resolve {}: {}", host, ::gai_strerror(error)));
    Addresses addresses;
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
        asio::ip::tcp::endpoint& address = addresses.emplace_back();
        std::memcpy(address.data(), each->ai_addr, each->ai_addrlen);
        address.resize(each->ai_addrlen);
    }
    ::freeaddrinfo(found);
    return addresses;
}

}  // namespace

// What the one who asks and the thread that answers share.
struct Resolver::Question {
    std::mutex mutex;  // guards answer and waiter
    std::optional<Result<Addresses>> answer;
    asio::steady_timer* waiter = nullptr;  // null: nobody waits any more

    void wait_with(asio::steady_timer* timer) {
        const std::lock_guard lock(mutex);
        waiter = timer;
    }
    // On the thread that answers. The one who waits cannot leave, nor its executor end, meanwhile.
    static void settle(const std::shared_ptr<Question>& question, Result<Addresses> answer) {
        const std::lock_guard lock(question->mutex);
        question->answer = std::move(answer);
        if (question->waiter == nullptr) return;
        asio::post(question->waiter->get_executor(), [question] {
            const std::lock_guard again(question->mutex);
            if (question->waiter != nullptr) question->waiter->cancel();
        });
    }
};

asio::awaitable<Result<Addresses>> Resolver::resolve(const std::string& host,
                                                     const std::string& port,
                                                     std::chrono::microseconds patience) {
    boost::system::error_code is_name;
    const auto address = asio::ip::make_address(host, is_name);
    if (!is_name) {
        std::uint16_t number = 0;
        std::from_chars(port.data(), port.data() + port.size(), number);
        co_return Addresses{{address, number}};
    }
    // Left when the coroutine is, however it ends.
    struct Waiting {
        const std::shared_ptr<Question> question;
        asio::steady_timer timer;
        ~Waiting() { question->wait_with(nullptr); }
    };
    const auto executor = co_await asio::this_coro::executor;
    Waiting waiting{std::make_shared<Question>(), asio::steady_timer(executor, patience)};
    question_ = waiting.question;
    waiting.question->wait_with(&waiting.timer);
    try {
        std::thread([question = waiting.question, host, port] {
            Question::settle(question, ask_system(host, port));
        }).detach();
    } catch (const std::system_error& error) {
        co_return failure(fmt::format("resolve {}: {}", host, error.what()));
    }
    co_await waiting.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    const std::lock_guard lock(waiting.question->mutex);
    if (!waiting.question->answer) {
        co_return failure(fmt::format("resolve {}: no answer in time", host));
    }
    co_return *waiting.question->answer;
}

void Resolver::cancel() {
    if (const auto question = question_.lock()) {
        const std::lock_guard lock(question->mutex);
        if (question->waiter != nullptr) question->waiter->cancel();
    }
}

}  // namespace eventfwd

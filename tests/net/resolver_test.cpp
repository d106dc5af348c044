#include "net/resolver.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

namespace eventfwd {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Answer = Result<std::vector<Address>>;

asio::awaitable<void> ask(Resolver& resolver, std::string host, std::chrono::milliseconds patience,
                          std::optional<Answer>& answer) {
    answer = co_await resolver.resolve(host, 514, std::chrono::steady_clock::now() + patience);
}

TEST(Resolver, GivesANumericAddressAtOnce) {
    asio::io_context io;
    Resolver resolver;
    std::optional<Answer> answer;
    asio::co_spawn(io, ask(resolver, "::1", 0ms, answer), asio::detached);
    io.poll();
    ASSERT_TRUE(answer && *answer);
    EXPECT_EQ((*answer)->front().text(), "[::1]:514");
}

TEST(Resolver, LooksUpANameOnAThreadOfItsOwn) {
    asio::io_context io;
    Resolver resolver;
    std::optional<Answer> answer;
    asio::co_spawn(io, ask(resolver, "localhost", 20s, answer), asio::detached);
    io.run();
    ASSERT_TRUE(answer && *answer);
    for (const Address& address : **answer)
        EXPECT_TRUE(address.is_loopback()) << address.text();
}

TEST(Resolver, SaysWhatANameWithoutAddressIs) {
    asio::io_context io;
    Resolver resolver;
    std::optional<Answer> answer;
    asio::co_spawn(io, ask(resolver, "no-such-host.invalid", 20s, answer), asio::detached);
    io.run();
    ASSERT_TRUE(answer);
    ASSERT_FALSE(*answer);
    EXPECT_TRUE(answer->error().message.starts_with("look up no-such-host.invalid: "))
        << answer->error().message;
}

TEST(Resolver, EndsAtItsDeadlineAndWhenItIsCancelled) {
    asio::io_context io;
    Resolver resolver;
    std::optional<Answer> late, cancelled;
    asio::co_spawn(io, ask(resolver, "no-such-host.invalid", 0ms, late), asio::detached);
    io.run();
    asio::co_spawn(io, ask(resolver, "no-such-host.invalid", 20s, cancelled), asio::detached);
    io.restart();
    io.poll();
    resolver.cancel();
    io.run();
    EXPECT_TRUE(late && !*late);
    EXPECT_TRUE(cancelled && !*cancelled);
}

// What it waits on may be gone when the system answers.
TEST(Resolver, MayBeDestroyedWhileItAsks) {
    for (int round = 0; round < 50; ++round) {
        std::optional<Answer> answer;
        Resolver resolver;
        asio::io_context io;
        asio::co_spawn(io, ask(resolver, "localhost", 20s, answer), asio::detached);
        io.poll();
    }
}

}  // namespace
}  // namespace eventfwd

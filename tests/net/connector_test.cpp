#include "net/connector.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "support/scripted_server.h"
#include "support/silent_listener.h"
#include "support/wait.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::ScriptedServer;
using test::SilentListener;

std::vector<Address> addresses(const std::vector<std::string>& texts) {
    std::vector<Address> parsed;
    for (const std::string& text : texts)
        parsed.push_back(*Address::parse(text));
    return parsed;
}

std::vector<std::string> texts(const std::vector<Address>& addresses) {
    std::vector<std::string> texts;
    for (const Address& address : addresses)
        texts.push_back(address.text());
    return texts;
}

Address address_of(const ScriptedServer& server) {
    return *Address::parse("127.0.0.1:" + std::to_string(server.port()));
}

Address address_of_nobody() {
    const ScriptedServer gone({});
    return address_of(gone);
}

class ConnectorTest : public testing::Test {
  protected:
    using Connected = Result<ConnectedSocket>;

    Connected connect(const std::vector<Address>& to, std::chrono::milliseconds patience = 1min) {
        auto connected = boost::asio::co_spawn(io_, begin(to, patience), boost::asio::use_future);
        io_.restart();
        io_.run();
        return connected.get();
    }
    boost::asio::awaitable<Connected> begin(std::vector<Address> to,
                                            std::chrono::milliseconds patience = 1min) {
        ConnectTarget target{"", 0, SOCK_STREAM, "connect"};
        return connector_.connect_to(std::move(to), std::move(target),
                                     std::chrono::steady_clock::now() + patience);
    }

    boost::asio::io_context io_;
    Connector connector_;
};

TEST(OrderOfAttempts, TakesTheFamiliesInTurn) {
    EXPECT_EQ(
        texts(order_of_attempts(
            addresses({"[::1]:1", "[::2]:1", "[::3]:1", "10.0.0.1:1", "10.0.0.2:1"}), {})),
        (std::vector<std::string>{"[::1]:1", "10.0.0.1:1", "[::2]:1", "10.0.0.2:1", "[::3]:1"}));
    EXPECT_EQ(texts(order_of_attempts(addresses({"10.0.0.1:1", "10.0.0.2:1", "[::1]:1"}), {})),
              (std::vector<std::string>{"10.0.0.1:1", "[::1]:1", "10.0.0.2:1"}));
    EXPECT_TRUE(order_of_attempts({}, {}).empty());
}

TEST(OrderOfAttempts, PutsTheOnesThatWereLeftLast) {
    const auto left = addresses({"10.0.0.3:1", "10.0.0.9:1", "10.0.0.1:1"});
    EXPECT_EQ(texts(order_of_attempts(addresses({"10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1"}), left)),
              (std::vector<std::string>{"10.0.0.2:1", "10.0.0.3:1", "10.0.0.1:1"}));
    EXPECT_EQ(order_of_attempts(addresses({"10.0.0.1:1"}), left).size(), 1U);
}

TEST_F(ConnectorTest, ConnectsPastAddressesThatAreSilent) {
    const SilentListener one, two;
    const ScriptedServer server({});
    const auto began = std::chrono::steady_clock::now();
    const auto connected = connect({one.address(), two.address(), address_of(server)});
    ASSERT_TRUE(connected) << connected.error().message;
    EXPECT_EQ(connected->address, address_of(server));
    EXPECT_GE(std::chrono::steady_clock::now() - began, 2 * kConnectHeadStart);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

TEST_F(ConnectorTest, TriesTheNextOneAtOnceWhereOneRefuses) {
    const ScriptedServer server({});
    std::vector<Address> to(50, address_of_nobody());
    to.push_back(address_of(server));
    const auto began = std::chrono::steady_clock::now();
    const auto connected = connect(to);
    ASSERT_TRUE(connected) << connected.error().message;
    EXPECT_LT(std::chrono::steady_clock::now() - began, 50 * kConnectHeadStart);
}

TEST_F(ConnectorTest, WaitsForASilentAddressWhereAllOthersRefuse) {
    const SilentListener silent;
    const auto connected = connect({silent.address(), address_of_nobody()}, 400ms);
    ASSERT_FALSE(connected);
    EXPECT_EQ(connected.error().message, "connect: Connection timed out");
    EXPECT_EQ(connected.error().code, ETIMEDOUT);
}

TEST_F(ConnectorTest, SaysWhyTheLastOneFailed) {
    const auto connected = connect({*Address::parse("255.255.255.255:1"), address_of_nobody()});
    ASSERT_FALSE(connected);
    EXPECT_EQ(connected.error().message, "connect: Connection refused");
}

TEST_F(ConnectorTest, EndsWhenItIsCancelled) {
    const SilentListener silent;
    auto connected = boost::asio::co_spawn(io_, begin({silent.address()}), boost::asio::use_future);
    io_.poll();
    connector_.cancel();
    io_.run();
    const auto given_up = connected.get();
    ASSERT_FALSE(given_up);
    EXPECT_EQ(given_up.error().code, ECANCELED);
}

}  // namespace
}  // namespace eventfwd

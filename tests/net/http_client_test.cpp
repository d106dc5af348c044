#include "net/http_client.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <memory>

#include "support/scripted_server.h"
#include "support/wait.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::ScriptedAnswer;
using test::ScriptedServer;
using End = HttpExchange::End;

std::string ok(const std::string& body, const std::string& headers = "") {
    return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

class HttpClientTest : public testing::Test {
  protected:
    void serve(std::vector<ScriptedAnswer> answers) {
        server_ = std::make_unique<ScriptedServer>(std::move(answers));
        url_ = *Url::parse("http://127.0.0.1:" + std::to_string(server_->port()));
        client_ = std::make_unique<HttpClient>(url_, options_);
    }
    // Runs until what is awaited is over.
    HttpExchange run(boost::asio::awaitable<HttpExchange> awaited) {
        auto exchange = boost::asio::co_spawn(io_, std::move(awaited), boost::asio::use_future);
        io_.restart();
        io_.run();
        return exchange.get();
    }
    HttpExchange try_connect() { return run(client_->connect(nullptr)); }
    void connect() {
        const HttpExchange connected = try_connect();
        ASSERT_EQ(connected.end, End::answered) << connected.error;
    }
    HttpExchange get() {
        return run(client_->exchange("GET / HTTP/1.1\r\nHost: test\r\n\r\n", ""));
    }
    // Connects to a server that gives ANSWER and then ends the connection, and asks it.
    HttpExchange ask_one_that_says(const std::string& answer) {
        serve({{answer, true}});
        connect();
        return get();
    }

    HttpClientOptions options_;
    boost::asio::io_context io_;
    Url url_;
    std::unique_ptr<ScriptedServer> server_;
    std::unique_ptr<HttpClient> client_;
};

TEST_F(HttpClientTest, SendsHeadAndBodyAsTheyAreAndReadsTheAnswer) {
    serve(
        {{"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
          "Content-Length: 4\r\n\r\nbusy"}});
    connect();
    const std::string head = "POST /x HTTP/1.1\r\nContent-Length: 7\r\n\r\n";
    const std::string body = "a=1\r\n\r\n";  // it ends as a head does, so that the server sees it
    const HttpExchange exchange = run(client_->exchange(head, body));
    EXPECT_EQ(exchange.end, End::answered);
    EXPECT_EQ(exchange.error, "");
    EXPECT_EQ(exchange.answer.status, 503U);
    EXPECT_EQ(exchange.answer.body, "busy");
    EXPECT_EQ(exchange.answer.retry_after, "7");
    EXPECT_EQ(exchange.answer.set_cookies, (std::vector<std::string>{"a=1", "b=2"}));
    EXPECT_TRUE(test::eventually([&] { return server_->requests().size() == 2; }));
    EXPECT_EQ(server_->requests(), (std::vector<std::string>{head, body}));
}

TEST_F(HttpClientTest, KeepsItsConnectionAlive) {
    serve({{ok("one")}, {ok("two")}});
    EXPECT_FALSE(client_->is_open());
    connect();
    EXPECT_TRUE(client_->is_silent());
    EXPECT_EQ(get().answer.body, "one");
    EXPECT_TRUE(client_->is_open());
    EXPECT_TRUE(client_->is_silent());
    EXPECT_EQ(get().answer.body, "two");
    EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(HttpClientTest, ConnectsAnew) {
    serve({{ok("one")}, {ok("two")}});
    connect();
    EXPECT_EQ(get().answer.body, "one");
    client_->close();
    EXPECT_FALSE(client_->is_open());
    connect();
    EXPECT_EQ(get().answer.body, "two");
    EXPECT_EQ(server_->connections(), 2U);
}

TEST_F(HttpClientTest, ClosesAConnectionThatTheAnswerEnds) {
    for (const std::string& answer :
         {ok("one", "Connection: close\r\n"), std::string("HTTP/1.1 200 OK\r\n\r\none"),
          std::string("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\none")}) {
        const HttpExchange exchange = ask_one_that_says(answer);
        EXPECT_EQ(exchange.end, End::answered) << exchange.error;
        EXPECT_EQ(exchange.answer.body, "one");
        EXPECT_FALSE(client_->is_open()) << answer;
    }
}

// What stands there would be taken for the answer to the next request.
TEST_F(HttpClientTest, ClosesAConnectionWithMoreThanTheAnswer) {
    serve({{ok("one") + ok("nobody asked")}});
    connect();
    EXPECT_EQ(get().answer.body, "one");
    EXPECT_FALSE(client_->is_open());
}

TEST_F(HttpClientTest, NoticesAPeerThatLeavesBetweenTwoRequests) {
    serve({{ok("one"), true}});
    connect();
    EXPECT_EQ(get().answer.body, "one");
    EXPECT_TRUE(client_->is_open()) << "nothing in the answer said so";
    EXPECT_TRUE(test::eventually([&] { return !client_->is_silent(); }));
    const HttpExchange exchange = get();
    EXPECT_NE(exchange.end, End::answered);
    EXPECT_TRUE(client_->has_peer_left());
    EXPECT_FALSE(client_->is_open());
}

TEST_F(HttpClientTest, TellsAPeerThatLeftFromOneThatBeganToAnswer) {
    HttpExchange exchange = ask_one_that_says("");
    EXPECT_EQ(exchange.end, End::no_answer);
    EXPECT_EQ(exchange.error, "the connection was closed before an answer came");
    EXPECT_TRUE(client_->has_peer_left());
    for (const std::string& part :
         {std::string("HTTP/1.1 200 OK\r\nContent-Le"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\none")}) {
        exchange = ask_one_that_says(part);
        EXPECT_EQ(exchange.end, End::no_answer);
        EXPECT_FALSE(client_->has_peer_left()) << part;
        EXPECT_FALSE(client_->is_open());
    }
}

TEST_F(HttpClientTest, ForgetsAtTheNextExchangeThatAPeerLeft) {
    serve({{"", true}, {ok("one")}});
    connect();
    get();
    EXPECT_TRUE(client_->has_peer_left());
    connect();
    EXPECT_EQ(get().answer.body, "one");
    EXPECT_FALSE(client_->has_peer_left());
}

TEST_F(HttpClientTest, TakesTheStatusOfAnAnswerThatIsTooLarge) {
    options_.body_bytes_max = 10;
    HttpExchange exchange = ask_one_that_says(ok("0123456789"));
    EXPECT_EQ(exchange.answer.body, "0123456789");
    for (const std::string& answer :
         {ok("0123456789a"), std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                         "b\r\n0123456789a\r\n0\r\n\r\n")}) {
        exchange = ask_one_that_says(answer);
        EXPECT_EQ(exchange.end, End::answered) << exchange.error;
        EXPECT_EQ(exchange.answer.status, 200U);
        EXPECT_EQ(exchange.answer.body, "");
        EXPECT_FALSE(client_->is_open());
    }
}

// The body of an answer that is cut is still to come, and would be taken for the next one.
TEST_F(HttpClientTest, ClosesAConnectionWhoseAnswerItDoesNotReadToTheEnd) {
    options_.body_bytes_max = 10;
    serve({{"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"}});
    connect();
    EXPECT_EQ(get().answer.status, 200U);
    EXPECT_FALSE(client_->is_open());
}

TEST_F(HttpClientTest, RefusesAHeadThatIsTooLarge) {
    const HttpExchange exchange =
        ask_one_that_says("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
    EXPECT_EQ(exchange.end, End::no_answer);
    EXPECT_FALSE(client_->is_open());
}

TEST_F(HttpClientTest, PassesOverAnswersInBetween) {
    const std::string carry_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const std::string hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    serve({{carry_on + hints + ok("one")}, {ok("two")}});
    connect();
    EXPECT_EQ(get().answer.body, "one");
    EXPECT_EQ(get().answer.body, "two");
    EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(HttpClientTest, ReadsAStatusLineWithoutAReasonPhrase) {
    const std::string rest = "\r\nContent-Length: 3\r\n\r\n";
    serve({{"HTTP/1.1 200" + rest + "one"},
           {"HTTP/1.1 103\r\n\r\nHTTP/1.1 503 " + rest + "two"},
           {"HTTP/1.1 400" + rest + "two"}});
    connect();
    EXPECT_EQ(get().answer.body, "one");
    EXPECT_EQ(get().answer.status, 503U);
    EXPECT_EQ(get().answer.status, 400U);
    EXPECT_EQ(server_->connections(), 1U);
    for (const char* wrong : {"HTTP/1.1 2000\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "ICY 200 OK 123\r\n"})
        EXPECT_EQ(ask_one_that_says(wrong).end, End::no_answer) << wrong;
}

TEST_F(HttpClientTest, ReadsChunksWithExtensionsAndTrailers) {
    serve({{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
            "2;name=value\r\non\r\n1\r\ne\r\n0\r\nX-Sum: 3\r\n\r\n"},
           {ok("two")}});
    connect();
    EXPECT_EQ(get().answer.body, "one");
    EXPECT_EQ(get().answer.body, "two");
    EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(HttpClientTest, ReadsAnAnswerWithoutABodyToItsEnd) {
    serve({{"HTTP/1.1 204 No Content\r\n\r\n"}, {ok("")}, {ok("two")}});
    connect();
    EXPECT_EQ(get().answer.status, 204U);
    EXPECT_EQ(get().answer.status, 200U);
    EXPECT_EQ(get().answer.body, "two");
    EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(HttpClientTest, DoesNotListenToAnswersInBetweenForEver) {
    std::string answers;
    for (int number = 0; number < 100; ++number)
        answers += "HTTP/1.1 103 Early Hints\r\n\r\n";
    serve({{answers}});
    connect();
    EXPECT_EQ(get().end, End::no_answer);
    EXPECT_FALSE(client_->is_open());
}

TEST_F(HttpClientTest, WaitsForAnAnswerUntilItsTimeIsUp) {
    options_.timeout = 20ms;
    serve({});
    connect();
    const HttpExchange exchange = get();
    EXPECT_EQ(exchange.end, End::no_answer);
    EXPECT_EQ(exchange.error, "no answer in time");
    EXPECT_FALSE(client_->has_peer_left()) << "it is slow, and it is there";
    EXPECT_FALSE(client_->is_open());
}

TEST_F(HttpClientTest, SaysThatNobodyListens) {
    serve({});
    server_.reset();
    const HttpExchange exchange = try_connect();
    EXPECT_EQ(exchange.end, End::not_connected);
    EXPECT_EQ(exchange.error, "connect: Connection refused");
    EXPECT_FALSE(client_->is_open());
}

TEST_F(HttpClientTest, GivesUpWhatIsUnderWayWhenItIsAbandoned) {
    serve({});
    connect();
    auto exchange = boost::asio::co_spawn(io_, client_->exchange("GET / HTTP/1.1\r\n\r\n", ""),
                                          boost::asio::use_future);
    io_.restart();
    EXPECT_TRUE(test::eventually([&] {
        io_.poll();
        return !server_->requests().empty();
    }));
    client_->abandon();
    io_.run();
    const HttpExchange given_up = exchange.get();
    EXPECT_EQ(given_up.end, End::no_answer);
    EXPECT_EQ(given_up.error, "given up");
    EXPECT_TRUE(client_->is_abandoned());
    EXPECT_FALSE(client_->is_open());
    EXPECT_FALSE(client_->has_peer_left());
}

TEST_F(HttpClientTest, ConnectsNowhereWhenItIsAbandoned) {
    serve({{ok("one")}});
    client_->abandon();
    const HttpExchange exchange = try_connect();
    EXPECT_EQ(exchange.end, End::not_connected);
    EXPECT_EQ(exchange.error, "given up");
    EXPECT_FALSE(client_->is_open());
}

}  // namespace
}  // namespace eventfwd

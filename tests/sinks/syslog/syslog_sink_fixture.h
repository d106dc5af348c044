// A syslog sink with a stand-in for its courier.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>

#include "sinks/syslog/syslog_server.h"
#include "sinks/syslog/syslog_sink.h"
#include "support/temporary_directory.h"
#include "support/wait.h"

namespace eventfwd::test {

class NoCheckpoint final : public Checkpoint {
  public:
    Result<> save() override { return {}; }
};

class SyslogSinkTest : public testing::Test {
  protected:
    using Kind = Outcome::Kind;

    static std::string line(std::size_t number, std::size_t filling = 0) {
        return "2011-08-08T11:45:17.735045Z application=\"shop\" event=\"e\" analytics_prop__n=\"" +
               std::to_string(number) + "\" analytics_prop__x=\"" + std::string(filling, 'x') +
               "\"\n";
    }
    // Numbered from 0.
    static std::string lines(std::size_t count, std::size_t filling = 0) {
        std::string text;
        for (std::size_t number = 0; number < count; ++number)
            text += line(number, filling);
        return text;
    }
    void make(const std::string& address) {
        options_.peer.address = SyslogAddress::parse(address).value();
        options_.format.host = "h";
        if (options_.peer.address.is_datagram()) {
            options_.format.framing = SyslogFormat::Framing::none;
        }
        sink_ = std::make_unique<SyslogSink>(options_);
    }
    void begin(const std::string& text) {
        text_ = text;
        run_ = {1, static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n')), text_};
        batch_ = {{&run_, 1}, {&run_, 1}, run_.count};
        outcome_ =
            boost::asio::co_spawn(io_, sink_->send(batch_, checkpoint_), boost::asio::use_future);
    }
    // Lets the sink go on while the test looks after its server.
    bool until(const std::function<bool()>& condition) {
        return eventually([&] {
            io_.restart();
            io_.poll();
            return condition();
        });
    }
    bool is_over() {
        return outcome_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    }
    Outcome end() {
        EXPECT_TRUE(until([&] { return is_over(); }));
        return outcome_.get();
    }
    Outcome send(const std::string& text) {
        begin(text);
        return end();
    }
    // The same lines as the sink renders them.
    std::string messages(const std::string& text) {
        SyslogRenderer renderer(options_.format, ::getpid());
        const LineRun run{1, static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n')),
                          text};
        return std::string(renderer.render({{&run, 1}, {&run, 1}, run.count}).bytes);
    }
    // Reads while the sink writes, until there are so many bytes.
    std::string read_beside(SyslogServer& server, std::size_t bytes) {
        std::string text;
        EXPECT_TRUE(until([&] {
            text += server.read_some(bytes - text.size());
            return text.size() == bytes;
        })) << text.size();
        return text;
    }
    // The sink sends COUNT lines while SERVER takes them, each as a datagram.
    void send_as_datagrams(SyslogServer& server, std::size_t count) {
        begin(lines(count));
        for (std::size_t number = 0; number < count; ++number) {
            std::string text;
            ASSERT_TRUE(until([&] {
                text = server.read_some(70'000);
                return !text.empty();
            }));
            ASSERT_EQ(text, messages(line(number)));
        }
        EXPECT_EQ(end().kind, Kind::delivered);
    }
    // The sink writes until the peer's window is closed.
    void fill_up(const SyslogServer& server) {
        std::size_t seen = 0;
        auto changed_at = std::chrono::steady_clock::now();
        ASSERT_TRUE(until([&] {
            const auto now = std::chrono::steady_clock::now();
            if (const std::size_t unread = server.unread(); unread != seen) {
                seen = unread;
                changed_at = now;
            }
            return seen > 0 && now - changed_at > std::chrono::milliseconds(300);
        }));
    }

    TemporaryDirectory directory_;
    SyslogSinkOptions options_;
    NoCheckpoint checkpoint_;
    boost::asio::io_context io_{1};
    std::unique_ptr<SyslogSink> sink_;
    std::string text_;
    LineRun run_;
    Batch batch_;
    std::future<Outcome> outcome_;
};

}  // namespace eventfwd::test

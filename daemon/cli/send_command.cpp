#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <thread>

#include "core/text/json_escape.h"
#include "core/text/timestamp.h"
#include "core/text/units.h"
#include "daemon/cli/commands.h"
#include "net/packet_sender.h"

namespace eventfwd {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Bytes that are not UTF-8 go as they are: the daemon takes them.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    append_json_escaped(out, text);
    return out + '"';
}

Result<std::string> make_packet(const SendCommand& command) {
    if (!command.time.empty() && !parse_timestamp(command.time, NaiveTime::utc)) {
        return failure(
            fmt::format("expected a time as 2011-08-08T11:45:17Z or seconds since 1970, found '{}'",
                        command.time));
    }
    std::string packet = fmt::format(R"({{"application":{},"event":{})",
                                     quoted(command.application), quoted(command.event));
    if (!command.id.empty()) packet += ",\"distinct_id\":" + quoted(command.id);
    if (!command.time.empty()) packet += ",\"timestamp\":" + quoted(command.time);
    packet += ",\"properties\":{";
    for (std::size_t at = 0; at < command.properties.size(); ++at) {
        const std::string& property = command.properties[at];
        const std::size_t equals = property.find('=');
        if (equals == std::string::npos || equals == 0) {
            return failure(fmt::format("expected a property as key=value, found '{}'", property));
        }
        packet += fmt::format("{}{}:{}", at == 0 ? "" : ",", quoted(property.substr(0, equals)),
                              quoted(property.substr(equals + 1)));
    }
    return packet + "}}";
}

// How far a long send is, on a terminal only.
class Progress {
  public:
    explicit Progress(bool is_shown) : is_shown_(is_shown) {}
    ~Progress() {
        if (is_shown_) fmt::print(stderr, "\r\x1B[K");
    }
    void tell(std::uint64_t sent) {
        const auto now = SteadyClock::now();
        if (!is_shown_ || now - told_ < std::chrono::milliseconds(200)) return;
        told_ = now;
        const double seconds = std::chrono::duration<double>(now - began_).count();
        fmt::print(stderr, "\r\x1B[K{} packets sent, {} a second", format_count(sent),
                   format_count(static_cast<std::uint64_t>(static_cast<double>(sent) /
                                                           std::max(seconds, 0.001))));
    }

  private:
    bool is_shown_;
    SteadyClock::time_point began_ = SteadyClock::now();
    SteadyClock::time_point told_ = began_;
};

int send_stdin(PacketSender& sender, std::uint64_t rate) {
    std::ios::sync_with_stdio(false);
    const auto began = SteadyClock::now();
    std::uint64_t sent = 0;
    {
        Progress progress(::isatty(STDERR_FILENO) != 0);
        for (std::string line; std::getline(std::cin, line); ++sent) {
            if (rate > 0) {
                std::this_thread::sleep_until(
                    began + std::chrono::nanoseconds(sent * 1'000'000'000 / rate));
            }
            if (const auto done = sender.send(line); !done) {
                return fail(
                    fmt::format("{}; {} packets were sent before", done.error().message, sent));
            }
            progress.tell(sent);
        }
    }
    const bool is_read = !std::cin.bad();
    if (!is_read) fail(fmt::format("read standard input: {}", error_text(errno)));
    fmt::print(stderr, "{} packets sent\n", format_count(sent));
    return is_read ? kDone : kFailed;
}

// Where the daemon of this configuration listens.
Result<std::string> first_input(const std::string& config) {
    const auto settings = settings_or_complaint(config);
    if (!settings) return failure("give --to, or mend the configuration");
    for (const InputSettings& input : settings->inputs) {
        if (input.kind == InputSettings::Kind::unix_datagram) return input.path;
        if (!input.listen.empty()) return input.listen.front().text();
    }
    return failure("the configuration has no input to send to; give --to");
}

}  // namespace

int run(const SendCommand& command) {
    if (!command.from_stdin && (command.application.empty() || command.event.empty())) {
        return fail("expected an application and an event, or --stdin; see eventfwd send --help",
                    kWrongUsage);
    }
    const auto packet = command.from_stdin ? Result<std::string>("") : make_packet(command);
    if (!packet) return fail(packet.error().message, kWrongUsage);
    const auto to =
        command.to.empty() ? first_input(command.config) : Result<std::string>(command.to);
    if (!to) return fail(to.error().message, kWrongUsage);
    auto sender = PacketSender::open(*to);
    if (!sender) return fail(sender.error().message);
    if (command.from_stdin) return send_stdin(*sender, command.rate);
    const auto sent = sender->send(*packet);
    return sent ? kDone : fail(sent.error().message);
}

}  // namespace eventfwd

// `eventfwd send`: an event, or a packet a line of standard input, to a running daemon.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <thread>

#include "core/text/json_escape.h"
#include "core/text/timestamp.h"
#include "core/text/units.h"
#include "core/text/utf8.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "net/packet_sender.h"

namespace eventfwd {
namespace {

struct SendCommand {
    std::string config;
    std::string to;  // empty: the first input of the configuration
    std::string application;
    std::string event;
    std::vector<std::string> properties;  // key=value
    std::string id;
    std::string time;
    bool from_stdin = false;
    std::uint64_t rate = 0;  // packets a second; 0: as fast as it goes
};

using SteadyClock = std::chrono::steady_clock;

// Bytes that are not UTF-8 go as they are: the daemon takes them.
std::string as_json_text(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const std::size_t length = utf8_sequence_length(text);
        if (length == 0) {
            out += text[0];
        } else {
            append_json_escaped(out, text.substr(0, length));
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out + '"';
}

Result<std::string> make_packet(const SendCommand& command) {
    if (!command.time.empty() && !parse_timestamp(command.time, NaiveTime::utc)) {
        return failure(
            fmt::format("expected a time as 2011-08-08T11:45:17Z or seconds since 1970, found '{}'",
                        command.time));
    }
    std::string packet =
        fmt::format(R"({{"application":{},"event":{})", as_json_text(command.application),
                    as_json_text(command.event));
    if (!command.id.empty()) packet += ",\"distinct_id\":" + as_json_text(command.id);
    if (!command.time.empty()) packet += ",\"timestamp\":" + as_json_text(command.time);
    packet += ",\"properties\":{";
    for (std::size_t at = 0; at < command.properties.size(); ++at) {
        const std::string& property = command.properties[at];
        const std::size_t equals = property.find('=');
        if (equals == std::string::npos || equals == 0) {
            return failure(fmt::format("expected a property as key=value, found '{}'", property));
        }
        packet +=
            fmt::format("{}{}:{}", at == 0 ? "" : ",", as_json_text(property.substr(0, equals)),
                        as_json_text(property.substr(equals + 1)));
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
        if (const auto* local = std::get_if<UnixDatagramOptions>(&input.source)) return local->path;
        const auto* udp = std::get_if<UdpOptions>(&input.source);
        if (udp != nullptr && !udp->listen.empty()) return udp->listen.front().text();
    }
    return failure("the configuration has no input to send to; give --to");
}

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

}  // namespace

void add_send_command(const Commands& commands) {
    const auto [line, command] =
        commands.add<SendCommand>("send", "Send an event to a running daemon",
                                  "eventfwd send shop login --id u1 plan=free", run);
    add_config(line, command.config);
    auto* application = line.add_option("APP", command.application, "The application");
    line.add_option("EVENT", command.event, "The event");
    line.add_option("PROPERTY", command.properties, "Properties, each as key=value");
    line.add_option(
            "--to", command.to,
            "127.0.0.1:8514, [::1]:8514, host:8514 or the path of a socket (the first input)")
        ->type_name("ADDR");
    auto* id = line.add_option("--id", command.id, "Whom the event is about")->type_name("ID");
    auto* time =
        line.add_option("--time", command.time, "When it happened (when the daemon gets it)")
            ->type_name("T");
    line.add_flag("--stdin", command.from_stdin, "Send every line of standard input as one packet")
        ->excludes(application)
        ->excludes(id)
        ->excludes(time);
    line.add_option("--rate", command.rate, "At most so many packets a second")
        ->type_name("N")
        ->check(is_number);
}

}  // namespace eventfwd

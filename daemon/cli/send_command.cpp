// `eventfwd send`: an event, or a packet a line of standard input, to a running daemon.
#include <fmt/format.h>

#include <algorithm>

#include "core/text/json_escape.h"
#include "core/text/timestamp.h"
#include "core/text/utf8.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "daemon/cli/send_lines.h"
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

struct Destination {
    std::string address;
    // More bytes than that are no packet to the input there; the default where it is not known.
    std::size_t packet_bytes_max = DecodeOptions{}.packet_bytes_max;
};

// Where the daemon of this configuration listens.
Result<Destination> first_input(const std::string& config) {
    const auto settings = settings_or_complaint(config);
    if (!settings) return failure("give --to, or mend the configuration");
    for (const InputSettings& input : settings->inputs) {
        const std::size_t bytes_max = input.intake.decode.packet_bytes_max;
        if (const auto* local = std::get_if<UnixDatagramOptions>(&input.source)) {
            return Destination{local->path, bytes_max};
        }
        const auto* udp = std::get_if<UdpOptions>(&input.source);
        if (udp != nullptr && !udp->listen.empty()) {
            return Destination{udp->listen.front().text(), bytes_max};
        }
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
    const auto to = command.to.empty() ? first_input(command.config)
                                       : Result<Destination>(Destination{command.to});
    if (!to) return fail(to.error().message, kWrongUsage);
    auto sender = PacketSender::open(to->address);
    if (!sender) return fail(sender.error().message);
    if (command.from_stdin) {
        return send_lines(*sender, command.rate, to->packet_bytes_max);
    }
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
    line.add_flag(
            "--stdin", command.from_stdin,
            "Send every line of standard input as one packet; those that are too large are left "
            "out and named at the end")
        ->excludes(application)
        ->excludes(id)
        ->excludes(time);
    line.add_option("--rate", command.rate, "At most so many packets a second")
        ->type_name("N")
        ->check(is_number);
}

}  // namespace eventfwd

// `eventfwd render`, from packets to lines, and `eventfwd parse`, from lines to JSON: neither needs
// a daemon.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "core/clock.h"
#include "core/text/json_escape.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "daemon/cli/line_input.h"
#include "formatter/line/forms.h"
#include "formatter/line/line_buffer.h"
#include "formatter/packet/decoder.h"

namespace eventfwd {
namespace {

struct RenderCommand {
    std::string file;  // empty or "-": stdin
    bool whole = false;
    bool json = false;
    std::string received_at;
    std::string naive_time = "utc";
    std::string application;
};

struct ParseCommand {
    std::string file;  // the same
};

// Prints what comes of packets.
class Printer final : public DecodeHandler {
  public:
    explicit Printer(bool json) : json_(json) {}

    void begin_packet(std::uint64_t number) { packet_ = number; }
    bool has_refused() const { return has_refused_; }

    void accept(const Event& event, std::string_view piece) override {
        lines_.clear();
        if (const auto rendered = lines_.append(event); !rendered)
            return refuse({rendered.error()}, piece);
        const std::string_view line = lines_.bytes().substr(0, lines_.bytes().size() - 1);
        if (json_) {
            fmt::print("{{\"line\":{}}}\n", json_quoted(line));
        } else {
            fmt::print("{}\n", line);
        }
    }
    void refuse(const Fault& fault, std::string_view piece) override {
        has_refused_ = true;
        if (json_) {
            fmt::print("{{\"refused\":\"{}\"}}\n", name_of(fault.reason));
            return;
        }
        constexpr std::size_t kShownMax = 200;
        fmt::print(stderr, "packet {}: refused: {}: {}{}\n", packet_, name_of(fault.reason),
                   json_quoted(piece.substr(0, kShownMax)), piece.size() > kShownMax ? " …" : "");
    }

  private:
    bool json_;
    bool has_refused_ = false;
    std::uint64_t packet_ = 0;
    LineBuffer lines_;
};

int run(const RenderCommand& command) {
    DecodeOptions options;
    options.naive_time = command.naive_time == "local" ? NaiveTime::local : NaiveTime::utc;
    std::optional<Instant> received_at;
    if (!command.received_at.empty()) {
        received_at = parse_timestamp(command.received_at, NaiveTime::utc);
        if (!received_at) {
            return fail(
                fmt::format("--received-at: expected a time like 2011-08-08T11:45:17Z, found '{}'",
                            command.received_at),
                kWrongUsage);
        }
    }
    LineInput input(command.file);
    if (!input.is_good()) return kFailed;
    Decoder decoder(options);
    Printer printer(command.json);
    std::uint64_t number = 0;
    const auto decode = [&](std::string_view packet) {
        printer.begin_packet(++number);
        decoder.decode(
            {packet, packet.size(), received_at.value_or(SystemClock().now()), command.application},
            printer);
    };
    if (command.whole) {
        decode(input.rest());
    } else {
        for (std::string packet; input.next(packet);)
            decode(packet);
    }
    return printer.has_refused() || !input.is_read() ? kFailed : kDone;
}

int run(const ParseCommand& command) {
    LineInput input(command.file);
    if (!input.is_good()) return kFailed;
    LineParser parser;
    bool has_refused = false;
    std::uint64_t number = 0;
    std::string json;
    for (std::string line; input.next(line);) {
        ++number;
        const auto event = parser.parse(line);
        if (!event) {
            has_refused = true;
            fmt::print(stderr, "line {}: not a rendered line: {}\n", number,
                       json_quoted(line.substr(0, 200)));
            continue;
        }
        json.clear();
        append_json(json, *event);
        fmt::print("{}\n", json);
    }
    return has_refused || !input.is_read() ? kFailed : kDone;
}

}  // namespace

void add_render_command(const Commands& commands) {
    const auto [line, command] = commands.add<RenderCommand>(
        "render", "Render packets to lines, as the daemon would, and send nothing",
        "echo '{\"application\":\"shop\",\"event\":\"login\"}' | eventfwd render", run);
    line.add_option("FILE", command.file, "Packets, one a line (standard input)");
    line.add_flag("--whole", command.whole, "All of the input is one packet");
    line.add_flag("--json", command.json, "One JSON object a result, in order");
    line.add_option("--received-at", command.received_at, "When the packets were received (now)")
        ->type_name("T");
    line.add_option("--naive-time", command.naive_time,
                    "The zone of times that name none: utc or local")
        ->type_name("ZONE")
        ->check(CLI::IsMember({"utc", "local"}));
    line.add_option("--application", command.application,
                    "The application of packets that name none")
        ->type_name("A");
}

void add_parse_command(const Commands& commands) {
    const auto [line, command] =
        commands.add<ParseCommand>("parse", "Turn rendered lines into JSON",
                                   "eventfwd parse /var/log/eventfwd/events.log", run);
    line.add_option("FILE", command.file, "Lines (standard input)");
}

}  // namespace eventfwd

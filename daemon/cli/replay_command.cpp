// `eventfwd replay`: journaled events to a sink again, and how far that is.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <thread>
#include <utility>

#include "core/text/printable.h"
#include "core/text/timestamp.h"
#include "core/text/units.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "daemon/cli/daemon_answer.h"
#include "daemon/cli/progress_bar.h"
#include "daemon/control/replay_request.h"

namespace eventfwd {
namespace {

struct ReplayCommand {
    std::string config;
    std::string sink;
    std::string since;  // a time, or how long ago
    std::string until;
    std::optional<std::uint64_t> from;
    std::optional<std::uint64_t> to;
    bool stop = false;     // the replay that is under way
    bool no_wait = false;  // until it is over
};

namespace json = boost::json;

// A time as packets write them, or a duration: so long ago.
std::optional<Instant> parse_moment(const std::string& text) {
    if (const auto ago = parse_duration(text)) return SystemClock().now() - *ago;
    return parse_timestamp(text, NaiveTime::local);
}

// Fills REQUEST with what COMMAND says; an error text where that makes no sense.
std::string read_request(const ReplayCommand& command, ReplayRequest& request) {
    const auto no_time = [](std::string_view option, const std::string& found) {
        return fmt::format(
            "{}: expected a time like 2011-08-08T11:45:17Z, or how long ago, like "
            "2h; found '{}'",
            option, found);
    };
    request.sink = command.sink;
    request.from = command.from;
    request.to = command.to;
    if (!command.since.empty()) {
        request.since = parse_moment(command.since);
        if (!request.since) return no_time("--since", command.since);
    }
    if (!command.until.empty()) {
        request.until = parse_moment(command.until);
        if (!request.until) return no_time("--until", command.until);
    }
    if (!request.from && !request.since) return "--since or --from says where to begin";
    if (request.from && request.to && *request.from > *request.to) {
        return fmt::format("--from {} is behind --to {}", *request.from, *request.to);
    }
    if (request.since && request.until && *request.since > *request.until) {
        return fmt::format("--since {} is behind --until {}", command.since, command.until);
    }
    return "";
}

// Until the replay is over. Its end is what counts: it goes on without this command, too.
int watch(const std::string& control_path, const std::string& sink) {
    ProgressBar bar;
    bool is_hinted = false;
    while (true) {
        const auto status = answer_or_complaint(control_path, "status");
        if (!status) return kFailed;
        const auto* const sinks = status->at("sinks").as_object().if_contains(sink);
        if (sinks == nullptr || !sinks->as_object().at("redelivery").is_object()) {
            return fail(
                fmt::format("sink {} knows of no replay any more; was the daemon started "
                            "anew, or the sink changed?",
                            sink));
        }
        const json::object& redelivery = sinks->as_object().at("redelivery").as_object();
        const std::string_view state = sinks->as_object().at("state").as_string();
        if (state == "paused" && !redelivery.at("is_over").as_bool() &&
            !std::exchange(is_hinted, true)) {
            fmt::print(stderr,
                       "sink {0} is paused: the replay goes on after `eventfwd sink {0} resume`\n",
                       printable(sink));
        }
        const std::uint64_t done = number_of(redelivery, "done");
        const std::uint64_t total = number_of(redelivery, "total");
        bar.tell(done, total,
                 fmt::format("{} of {} events, sink {}", format_count(done), format_count(total),
                             state));
        if (redelivery.at("is_over").as_bool()) {
            fmt::print("sent again: {} events; refused: {}; not in the journal any more: {}\n",
                       format_count(number_of(redelivery, "sent")),
                       format_count(number_of(redelivery, "refused")),
                       format_count(number_of(redelivery, "gone")));
            return number_of(redelivery, "sent") > 0 ? kDone : kFailed;
        }
        std::this_thread::sleep_for(kPollInterval);
    }
}

int run(const ReplayCommand& command) {
    const auto settings = settings_or_complaint(command.config);
    if (!settings) return kWrongUsage;
    const std::string& control_path = settings->control_path;
    if (command.stop) {
        const auto stopped =
            answer_or_complaint(control_path, fmt::format("sink {} stop-replay", command.sink));
        if (!stopped) return kFailed;
        fmt::print("sink {}: the replay ends after the batch at hand\n", printable(command.sink));
        return kDone;
    }
    ReplayRequest request;
    if (const std::string problem = read_request(command, request); !problem.empty()) {
        return fail(problem, kWrongUsage);
    }
    const auto begun = answer_or_complaint(control_path, "replay " + to_text(request));
    if (!begun) return kFailed;
    fmt::print("sink {}: numbers {} to {} go out again\n", printable(command.sink),
               number_of(*begun, "first"), number_of(*begun, "last"));
    std::fflush(stdout);
    return command.no_wait ? kDone : watch(control_path, command.sink);
}

}  // namespace

void add_replay_command(const Commands& commands) {
    const auto [line, command] = commands.add<ReplayCommand>(
        "replay",
        "Send journaled events to a sink again, beside what it gets anyhow; journal.retain says "
        "how long they are there",
        "eventfwd replay --sink splunk --since 2h", run);
    add_config(line, command.config);
    line.add_option("--sink", command.sink, "The sink's name in the configuration")
        ->required()
        ->type_name("NAME");
    auto* since = line.add_option("--since", command.since,
                                  "From when on, by when they were journaled: a time, or how long "
                                  "ago, as 2h")
                      ->type_name("T");
    auto* from = line.add_option("--from", command.from, "From which number on")
                     ->type_name("SEQ")
                     ->check(is_number)
                     ->excludes(since);
    auto* until =
        line.add_option("--until", command.until, "Up to when (all that the sink has had)")
            ->type_name("T");
    line.add_option("--to", command.to, "Up to which number")
        ->type_name("SEQ")
        ->check(is_number)
        ->excludes(until);
    line.add_flag("--no-wait", command.no_wait, "Do not wait until it is over");
    line.add_flag("--stop", command.stop, "End the replay that is under way")
        ->excludes(since)
        ->excludes(from);
}

}  // namespace eventfwd

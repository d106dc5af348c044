// `eventfwd dead-letters retry`: the daemon tries refused letters again, and what comes of each.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <limits>
#include <thread>

#include "core/text/printable.h"
#include "core/text/units.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "daemon/cli/daemon_answer.h"
#include "daemon/cli/progress_bar.h"
#include "daemon/control/retry_request.h"

namespace eventfwd {
namespace {

struct DeadLettersRetryCommand {
    std::string config;
    std::string sink;                  // letters of this one only; or else
    std::string input;                 // of this one
    std::vector<std::string> numbers;  // 17 or 3-17; none: all
};

namespace json = boost::json;

// How long a journal that syncs seldom is waited for.
constexpr auto kSyncPatience = std::chrono::seconds(3);
// A request is shorter than that.
constexpr std::size_t kNumbersBytesMax = 3500;

std::string text_of(const json::object& object, std::string_view name) {
    const json::value& value = object.at(name);
    return value.is_string() ? std::string(value.as_string()) : "";
}

// What came of the letters of one sink or input.
struct Outcomes {
    std::uint64_t total = 0;
    std::uint64_t resolved = 0;
    std::uint64_t refused = 0;
    std::string refusals;     // why those were
    std::string obstacle;     // why the others could not be tried
    bool has_failed = false;  // by the obstacle: those that are resolved may be sent again

    std::uint64_t untried() const { return total - std::min(total, resolved + refused); }
};

void print(const std::string& origin, const Outcomes& outcomes) {
    fmt::print("{}: {} of {} resolved", printable(origin), format_count(outcomes.resolved),
               format_count(outcomes.total));
    if (outcomes.refused > 0) {
        fmt::print("; refused again: {} ({})", format_count(outcomes.refused),
                   printable(outcomes.refusals));
    }
    if (outcomes.untried() > 0) {
        fmt::print("; not tried: {} ({})", format_count(outcomes.untried()),
                   printable(outcomes.obstacle));
    } else if (outcomes.has_failed) {
        fmt::print("; {}", printable(outcomes.obstacle));
    }
    fmt::print("\n");
    std::fflush(stdout);
}

// One run of the command: the letters of each sink and input, one after the other.
class Retry {
  public:
    Retry(std::string control_path, NumberRanges numbers)
        : control_path_(std::move(control_path)), numbers_(std::move(numbers)) {}

    Outcomes run(const std::string& origin, std::uint64_t total) {
        RetryRequest request;
        const bool is_sink = origin.starts_with("sink ");
        request.of = is_sink ? RetryRequest::Of::sink : RetryRequest::Of::input;
        request.name = origin.substr(origin.find(' ') + 1);
        request.numbers = numbers_;
        Outcomes outcomes;
        outcomes.total = total;
        is_sink ? retry_sink(request, outcomes) : retry_input(request, outcomes);
        return outcomes;
    }

  private:
    // The daemon goes on with it without this command, too.
    void retry_sink(const RetryRequest& request, Outcomes& outcomes) {
        const auto begun = ask_for_object(control_path_, "retry " + to_text(request));
        if (!begun) {
            outcomes.obstacle = begun.error().message;
            return;
        }
        outcomes.total = number_of(*begun, "total");
        while (outcomes.total > 0 && !watch_sink(request.name, outcomes))
            std::this_thread::sleep_for(kPollInterval);
    }

    // True where it is over.
    bool watch_sink(const std::string& name, Outcomes& outcomes) {
        const auto status = ask_for_object(control_path_, "status");
        if (!status) {
            outcomes.obstacle = status.error().message;
            return true;
        }
        const auto* const sinks = status->at("sinks").as_object().if_contains(name);
        const auto* const redelivery =
            sinks == nullptr ? nullptr : sinks->as_object().at("redelivery").if_object();
        if (redelivery == nullptr || text_of(*redelivery, "what") != "retry") {
            outcomes.obstacle = "the sink was changed, or the daemon started anew";
            return true;
        }
        outcomes.resolved = number_of(*redelivery, "sent");
        outcomes.refused = number_of(*redelivery, "refused");
        outcomes.refusals = "the last: " + text_of(*redelivery, "last_refusal");
        outcomes.obstacle = obstacle_of(*redelivery);
        outcomes.has_failed = redelivery->at("failure").is_string();
        const std::uint64_t done = number_of(*redelivery, "done");
        bar_.tell(
            done, outcomes.total,
            fmt::format("{} of {} letters, sink {} {}", format_count(done),
                        format_count(outcomes.total), name, text_of(sinks->as_object(), "state")));
        return redelivery->at("is_over").as_bool();
    }

    static std::string obstacle_of(const json::object& redelivery) {
        if (const std::string failure = text_of(redelivery, "failure"); !failure.empty())
            return failure;
        if (number_of(redelivery, "left_out") > 0) return "the sink's match leaves them out now";
        if (number_of(redelivery, "gone") > 0) return "they have gone meanwhile, or cannot be read";
        return "the retry was ended";
    }

    void retry_input(RetryRequest request, Outcomes& outcomes) {
        std::map<std::string, std::uint64_t> reasons;
        std::uint64_t unreadable = 0;
        std::optional<std::chrono::steady_clock::time_point> waits_until;
        while (true) {
            const auto taken = ask_for_object(control_path_, "retry " + to_text(request));
            if (!taken) {
                outcomes.obstacle = taken.error().message;
                outcomes.has_failed = true;
                break;
            }
            outcomes.resolved += number_of(*taken, "accepted");
            for (const auto& [reason, count] : taken->at("refused").as_object()) {
                reasons[reason] += count.to_number<std::uint64_t>();
                outcomes.refused += count.to_number<std::uint64_t>();
            }
            unreadable += number_of(*taken, "unreadable");
            request.after = number_of(*taken, "last");
            outcomes.obstacle = text_of(*taken, "failure");
            const std::uint64_t done = outcomes.resolved + outcomes.refused;
            bar_.tell(done, outcomes.total,
                      fmt::format("{} of {} letters, input {}", format_count(done),
                                  format_count(outcomes.total), request.name));
            if (!outcomes.obstacle.empty()) break;
            if (!taken->at("is_over").as_bool()) continue;
            // They are marked when the journal has them for good; until then they are listed.
            const auto now = std::chrono::steady_clock::now();
            if (!waits_until) waits_until = now + kSyncPatience;
            if (number_of(*taken, "unsynced") == 0 || now >= *waits_until) break;
            std::this_thread::sleep_for(kPollInterval);
        }
        for (const auto& [reason, count] : reasons) {
            if (!outcomes.refusals.empty()) outcomes.refusals += ", ";
            outcomes.refusals += fmt::format("{} {}", format_count(count), reason);
        }
        if (outcomes.obstacle.empty() && unreadable > 0) outcomes.obstacle = "they cannot be read";
        // Letters that another retry has taken, and that wait for the journal, are counted, too.
        if (outcomes.obstacle.empty()) outcomes.total = outcomes.resolved + outcomes.refused;
    }

    const std::string control_path_;
    const NumberRanges numbers_;
    ProgressBar bar_;
};

// Fills NUMBERS with what the command names; an error text where that makes no sense.
std::string read_numbers(const DeadLettersRetryCommand& command, NumberRanges& numbers) {
    for (const std::string& text : command.numbers) {
        const auto range = parse_number_range(text);
        if (!range) return fmt::format("'{}' is no number of a letter, as 17 or 3-17", text);
        numbers.add(*range);
    }
    if (to_text(numbers).size() > kNumbersBytesMax) {
        return "so many numbers do not fit into one request; name ranges, as 3-17";
    }
    return "";
}

bool is_meant(std::string_view origin, const DeadLettersRetryCommand& command) {
    if (!command.sink.empty()) return origin == "sink " + command.sink;
    if (!command.input.empty()) return origin == "input " + command.input;
    return true;
}

bool is_configured(const Settings& settings, const DeadLettersRetryCommand& command) {
    const auto is_sink = [&](const auto& sink) { return sink.courier.name == command.sink; };
    const auto is_input = [&](const auto& input) { return input.intake.name == command.input; };
    if (!command.sink.empty()) return std::ranges::any_of(settings.sinks, is_sink);
    if (!command.input.empty()) return std::ranges::any_of(settings.inputs, is_input);
    return true;
}

int run(const DeadLettersRetryCommand& command) {
    const auto settings = settings_or_complaint(command.config);
    if (!settings) return kWrongUsage;
    NumberRanges numbers;
    if (const std::string problem = read_numbers(command, numbers); !problem.empty()) {
        return fail(problem, kWrongUsage);
    }
    const std::string& control_path = settings->control_path;
    const auto census = answer_or_complaint(
        control_path, numbers.empty() ? "letters" : "letters " + to_text(numbers));
    if (!census) return kFailed;
    const std::uint64_t last = number_of(*census, "last");
    if (!numbers.empty() && last == 0) {
        return fail("there are no dead letters of these numbers");
    }
    // What is refused from now on is not meant: it would never end.
    if (numbers.empty()) numbers.add({1, std::numeric_limits<std::uint64_t>::max() - 1});
    Retry retry(control_path, numbers.within({1, last}));
    Outcomes all;
    bool is_known = is_configured(*settings, command);
    for (const auto& [origin, count] : census->at("waiting").as_object()) {
        if (!is_meant(origin, command)) continue;
        is_known = true;
        const Outcomes outcomes = retry.run(origin, count.to_number<std::uint64_t>());
        print(origin, outcomes);
        all.total += outcomes.total;
        all.resolved += outcomes.resolved;
        all.refused += outcomes.refused;
        all.has_failed = all.has_failed || outcomes.has_failed;
    }
    if (!is_known) {
        return fail(
            fmt::format("there is no {}, and there are no dead letters of it",
                        command.sink.empty() ? "input " + command.input : "sink " + command.sink));
    }
    fmt::print("{} letters resolved, {} refused again, {} not tried\n", format_count(all.resolved),
               format_count(all.refused), format_count(all.untried()));
    return all.resolved == all.total && !all.has_failed ? kDone : kFailed;
}

}  // namespace

void add_dead_letters_retry_command(const Commands& dead_letters) {
    const auto [line, command] = dead_letters.add<DeadLettersRetryCommand>(
        "retry",
        "Try them again: a sink's go to that sink, an input's are decoded as it decodes now and "
        "journaled; a letter stays until it is resolved",
        "eventfwd dead-letters retry --sink splunk", run);
    add_config(line, command.config);
    auto* sink = line.add_option("--sink", command.sink, "Those of this sink only");
    sink->type_name("NAME");
    line.add_option("--input", command.input, "Those of this input only; its quotas do not count")
        ->type_name("NAME")
        ->excludes(sink);
    line.add_option("N", command.numbers, "These numbers only, each as 17 or 3-17 (all)");
}

}  // namespace eventfwd

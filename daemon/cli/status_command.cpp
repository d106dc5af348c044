#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "core/units.h"
#include "daemon/cli/commands.h"
#include "daemon/config/settings.h"
#include "daemon/ops/control_client.h"

namespace eventfwd {
namespace {

namespace json = boost::json;

std::string count_of(const json::object& object, std::string_view name) {
    return format_count(object.at(name).to_number<std::uint64_t>());
}

std::string uptime_text(double seconds) {
    const auto whole = static_cast<std::uint64_t>(seconds);
    if (whole < 120) return fmt::format("{} s", whole);
    if (whole < 7200) return fmt::format("{} min", whole / 60);
    return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

// "3 syntax, 1 no_event"; "0" for none.
std::string refusals_text(const json::object& refused) {
    std::string text;
    for (const auto& [reason, count] : refused) {
        text +=
            fmt::format("{}{} {}", text.empty() ? "" : ", ",
                        format_count(count.to_number<std::uint64_t>()), std::string_view(reason));
    }
    return text.empty() ? "0" : text;
}

void print_inputs(const json::object& inputs) {
    fmt::print("\n{:14} {:>12} {:>12} {:>12}   {}\n", "input", "packets", "accepted",
               "kernel drops", "refused");
    for (const auto& [name, value] : inputs) {
        const json::object& input = value.as_object();
        fmt::print("{:14} {:>12} {:>12} {:>12}   {}\n", std::string_view(name),
                   count_of(input, "packets"), count_of(input, "accepted"),
                   count_of(input, "kernel_drops"), refusals_text(input.at("refused").as_object()));
    }
}

void print_sinks(const json::object& sinks) {
    fmt::print("\n{:14} {:11} {:>12} {:>12} {:>12} {:>12} {:>8}\n", "sink", "state", "accepted",
               "delivered", "pending", "lost", "lag");
    for (const auto& [name, value] : sinks) {
        const json::object& sink = value.as_object();
        const json::object& shed = sink.at("shed").as_object();
        std::uint64_t lost = 0;
        for (const auto& [reason, count] : shed)
            lost += count.to_number<std::uint64_t>();
        fmt::print("{:14} {:11} {:>12} {:>12} {:>12} {:>12} {:>6.1f} s\n", std::string_view(name),
                   std::string_view(sink.at("state").as_string()), count_of(sink, "accepted"),
                   count_of(sink, "delivered"), count_of(sink, "pending"), format_count(lost),
                   sink.at("lag_seconds").to_number<double>());
        if (const auto& error = sink.at("last_error"); error.is_string()) {
            fmt::print("{:14} {}\n", "", std::string_view(error.as_string()));
        }
    }
}

void print_text(const json::object& status) {
    const json::object& journal = status.at("journal").as_object();
    fmt::print("eventfwd {}, up {}\n", std::string_view(status.at("version").as_string()),
               uptime_text(status.at("uptime_seconds").to_number<double>()));
    fmt::print("journal: events {} to {}, {} synced, {:.1f} MiB in {} segments\n",
               count_of(journal, "first"), count_of(journal, "last"), count_of(journal, "synced"),
               static_cast<double>(journal.at("bytes").to_number<std::uint64_t>()) / (1 << 20),
               count_of(journal, "segments"));
    print_inputs(status.at("inputs").as_object());
    print_sinks(status.at("sinks").as_object());
}

}  // namespace

int run(const StatusCommand& command) {
    const ReadSettings read = load_settings(command.config);
    if (!read.problems.empty()) {
        print_problems(read.problems);
        return kWrongUsage;
    }
    const auto answer = ask_daemon(read.settings.control_path, "status");
    if (!answer) {
        fmt::print(stderr, "eventfwd: {}\n", answer.error().message);
        return kFailed;
    }
    if (command.json) {
        fmt::print("{}\n", *answer);
        return kDone;
    }
    boost::system::error_code error;
    const json::value status = json::parse(*answer, error);
    if (error || !status.is_object()) {
        fmt::print(stderr,
                   "eventfwd: the daemon's answer cannot be read; is it of another version?\n");
        return kFailed;
    }
    print_text(status.as_object());
    return kDone;
}

}  // namespace eventfwd

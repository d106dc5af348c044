#include "daemon/cli/status_text.h"

#include "daemon/cli/daemon_answer.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <exception>
#include <iterator>
#include <map>

#include "core/text/printable.h"
#include "core/text/units.h"

namespace eventfwd {
namespace {

namespace json = boost::json;

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kPlain = "\x1b[0m";

std::string count_of(const json::object& object, std::string_view name) {
    return format_count(number_of(object, name));
}

double mebibytes_of(const json::object& object, std::string_view name) {
    return static_cast<double>(number_of(object, name)) / (1 << 20);
}

std::uint64_t sum_of(const json::object& counts) {
    std::uint64_t sum = 0;
    for (const auto& [reason, count] : counts)
        sum += count.to_number<std::uint64_t>();
    return sum;
}

std::string uptime_text(double seconds) {
    const auto whole = static_cast<std::uint64_t>(seconds);
    if (whole < 120) return fmt::format("{} s", whole);
    if (whole < 7200) return fmt::format("{} min", whole / 60);
    return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

// "3 syntax, 1 no_event"; "0" for none. A packet of a user who may not send has brought no events.
std::string refusals_text(const json::object& input) {
    std::string text;
    const auto add = [&text](std::uint64_t count, std::string_view reason) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", format_count(count), reason);
    };
    for (const auto& [reason, count] : input.at("refused").as_object())
        add(count.to_number<std::uint64_t>(), reason);
    const auto not_allowed = input.at("not_allowed").to_number<std::uint64_t>();
    if (not_allowed > 0) add(not_allowed, "not_allowed");
    return text.empty() ? "0" : printable(text);
}

class StatusText {
  public:
    StatusText(const json::object& status, const StatusTextOptions& options)
        : status_(status), options_(options) {
        if (options_.before != nullptr) {
            seconds_ = status_.at("uptime_seconds").to_number<double>() -
                       options_.before->at("uptime_seconds").to_number<double>();
        }
    }

    std::string make() {
        add_journal();
        add_inputs();
        add_sinks();
        add_dead_letters();
        add_ledger();
        return std::move(text_);
    }

  private:
    template <class... Values>
    void add(fmt::format_string<Values...> format, Values&&... values) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
    }

    std::string in_colour(std::string_view colour, std::string text) const {
        return options_.colours ? fmt::format("{}{}{}", colour, text, kPlain) : text;
    }

    // How fast COUNTER of the NAME in GROUP grew since the earlier status; empty without one.
    std::string rate_of(std::string_view group, std::string_view name,
                        std::string_view counter) const {
        if (options_.before == nullptr || seconds_ <= 0) return "";
        const json::object& earlier_group = options_.before->at(group).as_object();
        const json::value* const earlier = earlier_group.if_contains(name);
        if (earlier == nullptr) return "";
        const std::uint64_t before = number_of(earlier->as_object(), counter);
        const std::uint64_t now =
            number_of(status_.at(group).as_object().at(name).as_object(), counter);
        if (now < before) return "";  // the daemon was started anew
        return format_count(
            static_cast<std::uint64_t>(static_cast<double>(now - before) / seconds_ + 0.5));
    }

    void add_journal() {
        const json::object& journal = status_.at("journal").as_object();
        add("eventfwd {}, up {}\n", printable(status_.at("version").as_string()),
            uptime_text(status_.at("uptime_seconds").to_number<double>()));
        add("journal: events {} to {}, {} synced, {:.1f} MiB in {} segments\n",
            count_of(journal, "first"), count_of(journal, "last"), count_of(journal, "synced"),
            mebibytes_of(journal, "bytes"), count_of(journal, "segments"));
    }

    void add_inputs() {
        const std::string head =
            fmt::format("{:14} {:>12} {:>12}{} {:>12}   {}", "input", "packets", "accepted",
                        rate_column("a second"), "kernel drops", "refused");
        add("\n{}\n", in_colour(kBold, head));
        for (const auto& [name, value] : status_.at("inputs").as_object()) {
            const json::object& input = value.as_object();
            const std::string drops = fmt::format("{:>12}", count_of(input, "kernel_drops"));
            add("{:14} {:>12} {:>12}{} {}   {}\n", printable(name), count_of(input, "packets"),
                count_of(input, "accepted"), rate_column(rate_of("inputs", name, "accepted")),
                number_of(input, "kernel_drops") > 0 ? in_colour(kRed, drops) : drops,
                refusals_text(input));
            const json::value* const waits = input.if_contains("waits_for_room");
            if (waits != nullptr && waits->as_bool())  // a daemon of before does not say
                add("    {}\n",
                    in_colour(kRed, "waits for the journal to take more; the log says why"));
        }
    }

    void add_sinks() {
        const std::string head = fmt::format("{:14} {:11} {:>12}{} {:>12} {:>11} {:>9} {:>9} {:>9}",
                                             "sink", "state", "delivered", rate_column("a second"),
                                             "pending", "of size", "lag", "lost", "refused");
        add("\n{}\n", in_colour(kBold, head));
        for (const auto& [name, value] : status_.at("sinks").as_object()) {
            const json::object& sink = value.as_object();
            const std::uint64_t lost = sum_of(sink.at("shed").as_object());
            const std::string lost_text = fmt::format("{:>9}", format_count(lost));
            add("{:14} {} {:>12}{} {:>12} {:>7.1f} MiB {:>7.1f} s {} {:>9}\n", printable(name),
                state_text(std::string_view(sink.at("state").as_string())),
                count_of(sink, "delivered"), rate_column(rate_of("sinks", name, "delivered")),
                count_of(sink, "pending"), mebibytes_of(sink, "pending_bytes"),
                sink.at("lag_seconds").to_number<double>(),
                lost > 0 ? in_colour(kRed, lost_text) : lost_text, count_of(sink, "dead_lettered"));
            add_connections(sink.at("connections").as_array());
            if (const auto& error = sink.at("last_error"); error.is_string()) {
                add("{:14} {}\n", "", in_colour(kYellow, printable(error.as_string())));
            }
        }
    }

    // What is not among them any more, for whoever looks for it there.
    void add_dead_letters() {
        const json::object& letters = status_.at("dead_letters").as_object();
        for (const auto& [key, what] :
             {std::pair("lost", "could not be kept as dead letters"),
              std::pair("expired",
                        "dead letters have gone for want of room (dead_letters.max_size)")}) {
            if (number_of(letters, key) == 0) continue;
            add("\n{}\n", in_colour(kRed, fmt::format("{} {}", count_of(letters, key), what)));
        }
    }

    void add_ledger() {
        const json::value* const ledger = status_.if_contains("ledger");
        if (ledger == nullptr) return;  // a daemon of before does not say
        for (const json::value& fault : ledger->at("faults").as_array()) {
            add("\n{}\n", in_colour(kRed, "the ledger does not close: " +
                                              std::string(std::string_view(fault.as_string()))));
        }
    }

    // "https://splunk-1:8088: 3 connected, 1 backed off", a line for each peer.
    void add_connections(const json::array& connections) {
        std::map<std::string_view, std::map<std::string_view, int>> peers;
        for (const json::value& connection : connections)
            ++peers[connection.at("peer").as_string()][connection.at("state").as_string()];
        for (const auto& [peer, states] : peers) {
            std::string text;
            for (const auto& [state, count] : states)
                text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, state);
            add("{:14} {}: {}\n", "", printable(peer), printable(text));
        }
    }

    std::string state_text(std::string_view state) const {
        const std::string text = fmt::format("{:11}", printable(state));
        if (state == "retrying" || state == "held") return in_colour(kRed, text);
        const bool is_idled = state == "paused" || state == "orphaned";
        return in_colour(is_idled ? kYellow : kGreen, text);
    }

    // A column that only a live screen has.
    std::string rate_column(std::string_view text) const {
        return options_.before == nullptr ? "" : fmt::format(" {:>10}", text);
    }

    const json::object& status_;
    const StatusTextOptions options_;
    double seconds_ = 0;  // since the earlier status
    std::string text_;
};

}  // namespace

std::string status_text(const json::object& status, const StatusTextOptions& options) {
    try {
        return StatusText(status, options).make();
    } catch (const std::exception&) {  // of Boost.JSON: something is not there, or not a number
        return "the daemon is of another version than this command: restart it, or use --json\n";
    }
}

}  // namespace eventfwd

#include "daemon/cli/status_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <optional>

#include "core/text/printable.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "daemon/cli/daemon_answer.h"
#include "daemon/cli/status_text.h"

namespace eventfwd {
namespace {

namespace json = boost::json;

// Each screen is written over the last one, line by line, so that nothing flickers.
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearLine = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";
constexpr std::string_view kEnterScreen = "\x1b[?1049h\x1b[?25l";  // another one, and no cursor
constexpr std::string_view kLeaveScreen = "\x1b[?25h\x1b[?1049l";

std::string as_screen(const std::string& text) {
    std::string screen(kHome);
    for (const char c : text) {
        if (c == '\n') screen += kClearLine;
        screen += c;
    }
    return screen += kClearBelow;
}

// Until Ctrl-C. A daemon that is gone for a while is waited for.
int watch(const std::string& control_path) {
    const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &ending, nullptr);
    if (is_terminal) fmt::print("{}", kEnterScreen);
    std::optional<json::object> before;
    while (true) {
        auto status = ask_for_object(control_path, "status");
        std::string text;
        if (status) {
            text = status_text(*status, {is_terminal, before ? &*before : nullptr});
            before = std::move(*status);
        } else {
            text = fmt::format("{}\n", printable(status.error().message));
        }
        if (is_terminal) text = as_screen(text + "\nCtrl-C ends\n");
        fmt::print("{}", is_terminal ? text : text + "\n");
        std::fflush(stdout);
        const timespec second{1, 0};
        if (::sigtimedwait(&ending, nullptr, &second) > 0) break;
    }
    if (is_terminal) fmt::print("{}", kLeaveScreen);
    return kDone;
}

}  // namespace

int run(const StatusCommand& command) {
    const auto settings = settings_or_complaint(command.config);
    if (!settings) return kWrongUsage;
    if (command.watch) return watch(settings->control_path);
    const auto status = answer_or_complaint(settings->control_path, "status");
    if (!status) return kFailed;
    const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
    fmt::print("{}", command.json ? printable_json(json::serialize(*status)) + "\n"
                                  : status_text(*status, {is_terminal, nullptr}));
    return kDone;
}

void add_status_command(const Commands& commands) {
    const auto [line, command] = commands.add<StatusCommand>(
        "status", "What the running daemon has taken in, delivered and still holds",
        "eventfwd status --json", run);
    add_config(line, command.config);
    add_json(line, command.json);
    line.add_flag("--watch", command.watch, "A live screen, with events a second, until Ctrl-C")
        ->excludes("--json");
}

}  // namespace eventfwd

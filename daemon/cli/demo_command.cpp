// The demonstration: the real daemon on a temporary directory, real senders on its real sockets,
// and what came of it. Nothing is configured and nothing is left behind.
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "core/text/printable.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "daemon/cli/dead_letters_command.h"
#include "daemon/cli/interruption.h"
#include "daemon/cli/status_command.h"
#include "daemon/control/control_client.h"
#include "net/address.h"

namespace eventfwd {
namespace {

struct DemoCommand {};

// Runs ARGUMENTS; what it says on standard error goes to ERRORS.
pid_t spawn(const std::vector<std::string>& arguments, const std::string& errors) {
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    std::vector<char*> raw;
    for (const std::string& argument : arguments)
        raw.push_back(const_cast<char*>(argument.c_str()));
    raw.push_back(nullptr);
    if (!errors.empty() && std::freopen(errors.c_str(), "w", stderr) == nullptr) ::_exit(127);
    // Ctrl-C on the terminal is for the demonstration, which ends its daemon itself, unless it is
    // killed.
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(127);
    ::execv(raw[0], raw.data());
    ::_exit(127);
}

// A UDP port that is free, the well-known one if it can be.
int free_port() {
    for (const char* text : {"127.0.0.1:8514", "127.0.0.1:0"}) {
        const auto address = Address::parse(text);
        const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_in bound{};
        socklen_t length = sizeof(bound);
        const bool is_free = ::bind(fd, address->raw(), address->length()) == 0;
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length);
        ::close(fd);
        if (is_free) return ntohs(bound.sin_port);
    }
    return 8514;
}

std::string text_of_file(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Waits until CONDITION holds; gives up after a few seconds.
template <class Condition>
bool wait_until(Condition&& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < deadline && was_interrupted == 0) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

class Demo {
  public:
    Demo() {
        std::array<char, 32> pattern{"/tmp/eventfwd-demo-XXXXXX"};
        if (const char* made = ::mkdtemp(pattern.data())) directory_ = made;
        port_ = free_port();
        self_ = std::filesystem::read_symlink("/proc/self/exe").string();
        is_terminal_ = ::isatty(STDOUT_FILENO) != 0;
    }
    ~Demo() {
        if (daemon_ > 0) {
            ::kill(daemon_, SIGTERM);
            ::waitpid(daemon_, nullptr, 0);
        }
        std::error_code ignored;
        if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
    }

    int run() {
        if (directory_.empty()) return fail("make a directory in /tmp");
        catch_interruption({SIGINT, SIGTERM, SIGHUP, SIGQUIT});
        std::signal(SIGPIPE, SIG_IGN);  // a print fails instead, and the daemon is ended
        write_config();
        heading("The daemon: eventfwd run -c demo.yaml");
        daemon_ = spawn({self_, "run", "-c", config()}, log());
        if (!wait_until([&] { return text_of_file(log()).contains("ready"); }))
            return fail("start the daemon");
        show(text_of_file(log()));

        heading("Senders, each on the daemon's own sockets");
        send(
            "nc",
            fmt::format(
                R"(printf '%s' '{{"application":"shop","event":"login","distinct_id":"u1","properties":{{"username":"ann","plan":"free"}}}}' | nc -u -q0 127.0.0.1 {})",
                port_));
        send(
            "bash",
            fmt::format(
                R"(bash -c "echo -n 'application=shop event=search q=\"red shoes\" hits=12' > /dev/udp/127.0.0.1/{}")",
                port_));
        send(
            "python3",
            fmt::format(
                R"(python3 -c 'import json, socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(json.dumps({{"application": "shop", "event": "checkout", "distinct_id": "u1", "cart": {{"total": 25.00, "items": 2}}}}).encode(), "{}/events.sock")')",
                directory_));
        send("", fmt::format("{} send shop logout --id u1 reason='say \"bye\"' -c {}", self_,
                             config()));
        send("", fmt::format("{} send --to 127.0.0.1:{} shop refund --time "
                             "2011-08-08T11:45:17.735045Z amount=9.90",
                             self_, port_));
        send(
            "bash",
            fmt::format(
                R"(bash -c "echo -n '{{\"application\":\"shop\", broken' > /dev/udp/127.0.0.1/{}")",
                port_));
        if (!wait_until([&] { return lines() >= expected_; })) return fail("deliver the events");

        heading(fmt::format("The rendered lines: {}", rendered()));
        show(text_of_file(rendered()));
        heading("Its ledger: eventfwd status");
        std::fflush(stdout);
        StatusCommand status;
        status.config = config();
        eventfwd::run(status);
        heading("What was refused: eventfwd dead-letters list");
        std::fflush(stdout);
        DeadLettersCommand letters;
        letters.config = config();
        eventfwd::run(letters);
        if (is_terminal_) follow();
        return kDone;
    }

  private:
    std::string config() const { return directory_ + "/demo.yaml"; }
    std::string log() const { return directory_ + "/daemon.log"; }
    std::string rendered() const { return directory_ + "/events.log"; }
    std::size_t lines() const {
        const std::string text = text_of_file(rendered());
        return static_cast<std::size_t>(std::ranges::count(text, '\n'));
    }

    void write_config() const {
        std::ofstream file(config());
        fmt::print(file,
                   "inputs:\n"
                   "  local: {{type: unix_datagram, path: events.sock}}\n"
                   "  packets: {{type: udp, listen: [\"127.0.0.1:{0}\", \"[::1]:{0}\"]}}\n"
                   "sinks:\n"
                   "  lines: {{type: file, path: events.log}}\n"
                   "journal: {{path: journal}}\n"
                   "dead_letters: {{path: dead-letters}}\n"
                   "control: {{path: control.sock}}\n",
                   port_);
    }

    void heading(const std::string& text) const {
        fmt::print("\n{}{}{}\n", is_terminal_ ? "\x1B[1m" : "", text,
                   is_terminal_ ? "\x1B[0m" : "");
    }
    void show(const std::string& text) const {
        std::string_view rest = text;
        while (rest.contains('\n')) {
            fmt::print("  {}\n", printable(rest.substr(0, rest.find('\n'))));
            rest.remove_prefix(rest.find('\n') + 1);
        }
    }
    // Runs COMMAND where the program it needs is there, and expects one event of it.
    void send(const std::string& needed, const std::string& command) {
        const std::string find = fmt::format("command -v {} >/dev/null", needed);
        if (!needed.empty() && std::system(find.c_str()) != 0) return;
        fmt::print("  {}\n", command);
        std::fflush(stdout);
        const bool is_broken = command.contains("broken");
        if (std::system(command.c_str()) == 0 && !is_broken) ++expected_;
    }
    void follow() {
        heading(fmt::format(
            "Send more to 127.0.0.1:{} or {}/events.sock; Ctrl-C ends the demonstration", port_,
            directory_));
        for (std::size_t shown = lines(); was_interrupted == 0;) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            const std::string text = text_of_file(rendered());
            std::size_t at = 0;
            std::size_t number = 0;
            for (std::size_t end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
                if (++number > shown) fmt::print("  {}\n", printable(text.substr(at, end - at)));
            }
            shown = std::max(shown, number);
            std::fflush(stdout);
        }
    }
    int fail(const std::string& what) const {
        if (was_interrupted != 0) return kFailed;
        fmt::print(stderr, "eventfwd: the demonstration could not {}\n{}", what,
                   printable_lines(text_of_file(log())));
        return kFailed;
    }

    std::string directory_;
    std::string self_;
    int port_ = 0;
    pid_t daemon_ = 0;
    std::size_t expected_ = 0;
    bool is_terminal_ = false;
};

int run(const DemoCommand&) {
    return Demo().run();
}

}  // namespace

void add_demo_command(const Commands& commands) {
    commands.add<DemoCommand>(
        "demo", "See it work: a daemon on temporary directories and a few real senders",
        "eventfwd demo", run);
}

}  // namespace eventfwd

// `eventfwd run`: the daemon, in the foreground.
#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <expected>
#include <memory>

#include "core/check.h"
#include "daemon/app/app.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "daemon/service/failed_start.h"
#include "daemon/service/inherited_sockets.h"
#include "daemon/service/service_manager.h"

namespace eventfwd {
namespace {

struct RunCommand {
    std::string config;
};

// Longer than anybody takes for a crash, shorter than what systemd allows a start.
constexpr std::chrono::seconds kPatience(10);

// A start that failed: what is wrong, and what the process shall say of it at its end.
struct Failure {
    std::string reason;
    int status = kFailed;
};

std::expected<std::unique_ptr<App>, Failure> build(const RunCommand& command,
                                                   InheritedSockets inherited,
                                                   const ServiceManager& service_manager) {
    const ReadSettings read = load_settings(command.config);
    if (!read.problems.empty()) {
        print_problems(read.problems);
        return std::unexpected(Failure{read.problems.front().text(), kWrongUsage});
    }
    const Settings& settings = read.settings;
    set_up_log(settings.log);
    spdlog::info("eventfwd {}, {}", EVENTFWD_VERSION,
                 settings.file.empty() ? "without a configuration file" : settings.file);
    auto built = App::build(settings, std::move(inherited), service_manager);
    if (!built) {
        spdlog::error("{}", built.error().message);
        return std::unexpected(Failure{built.error().message, kFailed});
    }
    return std::move(*built);
}

// Builds the daemon. Who started it by hand hears at once what is wrong; a service waits, for its
// manager would start it again without a pause.
std::expected<std::unique_ptr<App>, int> build_patiently(const RunCommand& command) {
    // Before anything is opened: what systemd has not handed over must not look as if it had.
    const InheritedSockets inherited = InheritedSockets::from_environment();
    const ServiceManager service_manager = ServiceManager::from_environment();
    const bool is_service = service_manager.is_there() || !inherited.empty();
    while (true) {
        auto built = build(command, inherited.duplicate(), service_manager);
        if (built) return std::move(*built);
        if (!is_service) return std::unexpected(built.error().status);
        service_manager.tell(
            fmt::format("STATUS=not started: {}; tried again in {} s, or at once after SIGHUP\n"
                        "EXTEND_TIMEOUT_USEC={}",
                        built.error().reason, kPatience.count(),
                        std::chrono::microseconds(3 * kPatience).count()));
        switch (wait_after_failed_start(kPatience)) {
            case AfterFailure::try_again:
                service_manager.tell("STATUS=");
                continue;
            case AfterFailure::give_up:
                return std::unexpected(built.error().status);
            case AfterFailure::end:
                return std::unexpected(kDone);
        }
    }
}

int run(const RunCommand& command) {
    // The threads allocate next to nothing but batches: one heap for all, and a batch that is gone
    // leaves no hole in it.
    ::mallopt(M_ARENA_MAX, 1);
    ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
    auto app = build_patiently(command);
    if (!app) return app.error();
    // What reading the configuration took is not needed again for as long as the daemon runs.
    ::malloc_trim(0);
    try {
        (*app)->run();
    } catch (...) {  // nothing is unwound that would wait for threads which nobody ends
        end_daemon_on_exception(std::current_exception());
    }
    return kDone;
}

}  // namespace

void add_run_command(const Commands& commands) {
    const auto [line, command] = commands.add<RunCommand>("run", "Run the daemon in the foreground",
                                                          "eventfwd run -c eventfwd.yaml", run);
    add_config(line, command.config);
}

}  // namespace eventfwd

// `eventfwd run`: the daemon, in the foreground.
#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>

#include <cstdio>

#include "core/check.h"
#include "daemon/app/app.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"

namespace eventfwd {
namespace {

struct RunCommand {
    std::string config;
};

int run(const RunCommand& command) {
    // The threads allocate next to nothing but batches: one heap for all, and a batch that is gone
    // leaves no hole in it.
    ::mallopt(M_ARENA_MAX, 1);
    ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
    std::unique_ptr<App> app;
    {
        const auto settings = settings_or_complaint(command.config);
        if (!settings) return kWrongUsage;
        set_up_log(settings->log);
        spdlog::info("eventfwd {}, {}", EVENTFWD_VERSION,
                     settings->file.empty() ? "without a configuration file" : settings->file);
        auto built = App::build(*settings);
        if (!built) {
            spdlog::error("{}", built.error().message);
            return kFailed;
        }
        app = std::move(*built);
    }
    // What reading the configuration took is not needed again for as long as the daemon runs.
    ::malloc_trim(0);
    try {
        app->run();
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

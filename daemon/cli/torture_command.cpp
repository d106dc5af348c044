// `eventfwd torture`: the promise about kill -9, tried on the user's own disk.
#include <fmt/format.h>
#include <stdlib.h>

#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <random>

#include "core/text/printable.h"
#include "core/text/units.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "daemon/cli/interruption.h"
#include "daemon/cli/progress_bar.h"
#include "daemon/config/journal_reader.h"
#include "daemon/torture/torture.h"

namespace eventfwd {
namespace {

struct TortureCommand {
    std::uint32_t seconds = 10;
    std::string path;         // empty: a fresh directory below the current one
    std::string sync = "1s";  // never, a duration or always
    bool json = false;
};

double in_milliseconds(std::chrono::microseconds duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

void print_json(const Torture& torture, const TortureOptions& options) {
    const TortureChecker& checker = torture.checker();
    boost::json::array faults;
    for (const std::string& fault : checker.faults())
        faults.emplace_back(fault);
    const boost::json::object whole{
        {"kept", checker.faults().empty()},
        {"kills", torture.kills()},
        {"torn_tails", checker.torn_tails()},
        {"events", checker.acknowledged()},
        {"synced", checker.synced()},
        {"delivered", checker.delivered()},
        {"recoveries", torture.recoveries()},
        {"slowest_recovery_seconds", in_milliseconds(torture.slowest_recovery()) / 1000},
        {"seed", options.seed},
        {"directory", options.directory},
        {"faults", std::move(faults)}};
    fmt::print("{}\n", printable_json(boost::json::serialize(whole)));
}

void print_text(const Torture& torture, const TortureOptions& options) {
    const TortureChecker& checker = torture.checker();
    fmt::print("{} kills in {}, {} of them within a frame\n", format_count(torture.kills()),
               printable(options.directory), format_count(checker.torn_tails()));
    fmt::print("{} events acknowledged, {} delivered\n", format_count(checker.acknowledged()),
               format_count(checker.delivered()));
    fmt::print("{} recoveries, the slowest took {:.1f} ms\n", format_count(torture.recoveries()),
               in_milliseconds(torture.slowest_recovery()));
    if (checker.faults().empty()) {
        fmt::print(
            "kept: every acknowledged event was there after every kill, and in the file once, in "
            "order, byte for byte\n(a kill is no power cut: that is a question of `sync`, and of "
            "the disk's honesty)\n");
        return;
    }
    for (const std::string& fault : checker.faults())
        fmt::print("BROKEN: {}\n", printable(fault));
    fmt::print("everything is kept as it was found in {} (seed {})\n", printable(options.directory),
               options.seed);
}

struct Directory {
    std::string path;
    bool was_made = false;  // by us
};

// A directory for the test that holds nothing yet.
Result<Directory> prepare(const std::string& wanted) {
    if (wanted.empty()) {
        std::string pattern =
            (std::filesystem::current_path() / "eventfwd-torture-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            return system_failure("make a directory", pattern);
        return Directory{pattern, true};
    }
    std::error_code error;
    const bool was_made = std::filesystem::create_directories(wanted, error);
    if (error) return system_failure("make directory", wanted, error.value());
    const bool is_empty = std::filesystem::is_empty(wanted, error);
    if (error) return system_failure("look into", wanted, error.value());
    if (!is_empty) {
        return failure(
            fmt::format("{} holds something: give a directory that is empty, or none yet", wanted));
    }
    return Directory{std::filesystem::absolute(wanted).lexically_normal().string(), was_made};
}

void clean_up(const Directory& place) {
    std::error_code ignored;
    for (const char* part : {"journal", "out"})
        std::filesystem::remove_all(std::filesystem::path(place.path) / part, ignored);
    if (place.was_made) std::filesystem::remove(place.path, ignored);
}

int run(const TortureCommand& command) {
    TortureOptions options;
    const auto sync = parse_sync_policy(command.sync);
    if (!sync) {
        return fail(fmt::format("--sync: expected never, always or a duration as 1s, found '{}'",
                                command.sync),
                    kWrongUsage);
    }
    const auto place = prepare(command.path);
    if (!place) return fail(place.error().message, kWrongUsage);
    options.directory = place->path;
    options.sync = *sync;
    options.seed = std::random_device{}();
    catch_interruption({SIGINT, SIGTERM});
    std::fflush(nullptr);  // a child must not say it again

    Torture torture(options, was_interrupted);
    {
        ProgressBar bar;
        torture.run(std::chrono::seconds(command.seconds), [&](double part) {
            bar.tell(static_cast<std::uint64_t>(part * 1000), 1000,
                     fmt::format("{} kills, {} events", torture.kills(),
                                 format_count(torture.checker().acknowledged())));
        });
    }
    command.json ? print_json(torture, options) : print_text(torture, options);
    if (!torture.checker().faults().empty()) return kFailed;
    clean_up(*place);
    return kDone;
}

}  // namespace

void add_torture_command(const Commands& commands) {
    const auto [line, command] = commands.add<TortureCommand>(
        "torture", "Prove the journal on this disk: load it, kill it, check it, again and again",
        "eventfwd torture --seconds 60 --path /var/lib/eventfwd/torture", run);
    line.add_option("--seconds", command.seconds, "For how long (10)")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000));
    line.add_option("--path", command.path,
                    "A directory that is empty, or not there (a fresh one below this one)")
        ->type_name("DIR");
    line.add_option("--sync", command.sync, "As journal.sync: never, a duration or always (1s)")
        ->type_name("WHEN");
    add_json(line, command.json);
}

}  // namespace eventfwd

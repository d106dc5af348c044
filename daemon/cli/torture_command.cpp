// `eventfwd torture`: the promise about kill -9, tried on the user's own disk. A process loads a
// journal and is killed at a random instant; what is found then is held against what was said; and
// again, until the time is over.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <random>

#include "core/unique_fd.h"
#include "core/units.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/progress_bar.h"
#include "daemon/torture/torture_checker.h"

namespace eventfwd {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::microseconds;

volatile std::sig_atomic_t interrupted = 0;

// A child and the pipe through which it tells of itself.
struct Life {
    pid_t pid = -1;
    UniqueFd pipe;
};

class Torture {
  public:
    explicit Torture(const TortureOptions& options)
        : options_(options), checker_(options_, files_), random_(options.seed) {}

    // Until SECONDS are over, a promise is broken, or somebody wants it to end.
    void run(std::chrono::seconds seconds) {
        const auto began = SteadyClock::now();
        ProgressBar bar;
        while (!is_over(began + seconds)) {
            live_and_die();
            checker_.check(false);
            const auto elapsed = SteadyClock::now() - began;
            bar.tell(
                static_cast<std::uint64_t>(elapsed / std::chrono::milliseconds(1)),
                static_cast<std::uint64_t>(seconds / std::chrono::milliseconds(1)),
                fmt::format("{} kills, {} events", kills_, format_count(checker_.acknowledged())));
        }
        if (checker_.faults().empty()) live_to_the_end();
        if (checker_.faults().empty()) checker_.check(true);
    }

    const TortureChecker& checker() const { return checker_; }
    std::uint64_t kills() const { return kills_; }
    std::uint64_t recoveries() const { return recoveries_; }
    microseconds slowest_recovery() const { return slowest_recovery_; }

  private:
    bool is_over(SteadyClock::time_point deadline) const {
        return interrupted != 0 || !checker_.faults().empty() || SteadyClock::now() >= deadline;
    }

    Result<Life> begin(bool is_last) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) return system_failure("make", "a pipe");
        Life life;
        life.pipe = UniqueFd(ends[0]);
        const UniqueFd writing(ends[1]);
        const pid_t parent = ::getpid();
        life.pid = ::fork();
        if (life.pid < 0) return system_failure("start", "the loader");
        if (life.pid > 0) return life;
        // Ctrl-C on the terminal is for the parent, and without it there is nothing to do.
        std::signal(SIGINT, SIG_IGN);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(kFailed);
        ::_exit(is_last ? run_torture_last_life(options_, writing.get())
                        : run_torture_loader(options_, lives_, writing.get()));
    }

    // One life: from fork to kill, hearing what it says.
    void live_and_die() {
        ++lives_;
        auto life = begin(false);
        if (!life) return checker_.fault(life.error().message);
        listen(*life, SteadyClock::now() + choose_age());
        const bool was_alive = ::waitpid(life->pid, nullptr, WNOHANG) == 0;
        if (was_alive) {
            ::kill(life->pid, SIGKILL);
            ::waitpid(life->pid, nullptr, 0);
        }
        listen(*life, SteadyClock::time_point::max());  // what it said before it died
        if (!was_alive)
            return checker_.fault(fmt::format("life {}: the loader ended by itself", lives_));
        ++kills_;
    }

    // Some die while they recover, most at some time under load, some only after the chores that
    // come once a second.
    microseconds choose_age() {
        const std::uint64_t kind = random_() % 8;
        return microseconds(random_() % (kind < 2 ? 5'000 : kind < 7 ? 100'000 : 1'200'000));
    }

    void live_to_the_end() {
        ++lives_;
        auto life = begin(true);
        if (!life) return checker_.fault(life.error().message);
        listen(*life, SteadyClock::time_point::max());
        int status = 0;
        ::waitpid(life->pid, &status, 0);
        if (status != 0) {
            checker_.fault(fmt::format("life {}: the last stop, an orderly one, failed", lives_));
        }
    }

    // Until DEADLINE or the end of the pipe.
    void listen(const Life& life, SteadyClock::time_point deadline) {
        while (SteadyClock::now() < deadline) {
            const bool is_endless = deadline == SteadyClock::time_point::max();
            const auto left =
                is_endless
                    ? std::chrono::milliseconds(1000)
                    : std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
            pollfd waited{life.pipe.get(), POLLIN, 0};
            if (::poll(&waited, 1, static_cast<int>(left.count())) <= 0) {
                if (interrupted != 0 && !is_endless) return;
                continue;
            }
            LoaderMessage message;
            if (::read(life.pipe.get(), &message, sizeof(message)) !=
                static_cast<ssize_t>(sizeof(message))) {
                return;
            }
            hear(message);
        }
    }

    void hear(const LoaderMessage& message) {
        if (message.kind == LoaderMessage::Kind::opened) {
            ++recoveries_;
            slowest_recovery_ = std::max(
                slowest_recovery_, microseconds(static_cast<std::int64_t>(message.microseconds)));
        }
        if (checker_.faults().empty()) checker_.hear(lives_, message);
    }

    const TortureOptions options_;
    PosixFileSystem files_;
    TortureChecker checker_;
    std::mt19937_64 random_;
    std::uint32_t lives_ = 0;
    std::uint64_t kills_ = 0;
    std::uint64_t recoveries_ = 0;
    microseconds slowest_recovery_{0};
};

double in_milliseconds(microseconds duration) {
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
    fmt::print("{}\n", boost::json::serialize(whole));
}

void print_text(const Torture& torture, const TortureOptions& options) {
    const TortureChecker& checker = torture.checker();
    fmt::print("{} kills in {}, {} of them within a frame\n", format_count(torture.kills()),
               options.directory, format_count(checker.torn_tails()));
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
        fmt::print("BROKEN: {}\n", fault);
    fmt::print("everything is kept as it was found in {} (seed {})\n", options.directory,
               options.seed);
}

struct Place {
    std::string path;
    bool was_made = false;  // by us
};

// A directory for the test that holds nothing yet.
Result<Place> prepare(const std::string& wanted) {
    if (wanted.empty()) {
        std::string pattern =
            (std::filesystem::current_path() / "eventfwd-torture-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            return system_failure("make a directory", pattern);
        return Place{pattern, true};
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
    return Place{std::filesystem::absolute(wanted).lexically_normal().string(), was_made};
}

void clean_up(const Place& place) {
    std::error_code ignored;
    for (const char* part : {"journal", "out"})
        std::filesystem::remove_all(std::filesystem::path(place.path) / part, ignored);
    if (place.was_made) std::filesystem::remove(place.path, ignored);
}

Result<SyncPolicy> parse_sync(const std::string& text) {
    if (text == "never") return SyncPolicy{SyncPolicy::When::never, {}};
    if (text == "always") return SyncPolicy{SyncPolicy::When::always, {}};
    const auto interval = parse_duration(text);
    if (interval && interval->count() > 0) return SyncPolicy{SyncPolicy::When::every, *interval};
    return failure(
        fmt::format("--sync: expected never, always or a duration as 1s, found '{}'", text));
}

}  // namespace

int run(const TortureCommand& command) {
    const auto fail = [](const Error& error, int status) {
        fmt::print(stderr, "eventfwd: {}\n", error.message);
        return status;
    };
    TortureOptions options;
    const auto sync = parse_sync(command.sync);
    if (!sync) return fail(sync.error(), kWrongUsage);
    const auto place = prepare(command.path);
    if (!place) return fail(place.error(), kWrongUsage);
    options.directory = place->path;
    options.sync = *sync;
    options.seed = std::random_device{}();
    for (const int signal : {SIGINT, SIGTERM})
        std::signal(signal, [](int) { interrupted = 1; });
    std::fflush(nullptr);  // a child must not say it again

    Torture torture(options);
    torture.run(std::chrono::seconds(command.seconds));
    command.json ? print_json(torture, options) : print_text(torture, options);
    if (!torture.checker().faults().empty()) return kFailed;
    clean_up(*place);
    return kDone;
}

}  // namespace eventfwd

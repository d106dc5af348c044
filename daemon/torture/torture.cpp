#include "daemon/torture/torture.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace eventfwd {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::microseconds;

void Torture::run(std::chrono::seconds seconds, const std::function<void(double part)>& progress) {
    const auto began = SteadyClock::now();
    const auto is_good = [&] { return checker_.faults().empty(); };
    while (interrupted_ == 0 && is_good() && SteadyClock::now() < began + seconds) {
        live_and_die();
        checker_.check(false);
        progress(std::chrono::duration<double>(SteadyClock::now() - began) / seconds);
    }
    if (is_good()) live_to_the_end();
    if (is_good()) checker_.check(true);
}

Result<Torture::Life> Torture::begin(bool is_last) {
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
    if (::getppid() != parent) ::_exit(1);
    ::_exit(is_last ? run_torture_last_life(options_, writing.get())
                    : run_torture_loader(options_, lives_, writing.get()));
}

// One life: from fork to kill, hearing what it says.
void Torture::live_and_die() {
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

// Some die while they recover, most at some time under load, some only after the maintenance that
// comes once a second.
microseconds Torture::choose_age() {
    const std::uint64_t kind = random_() % 8;
    return microseconds(random_() % (kind < 2 ? 5'000 : kind < 7 ? 100'000 : 1'200'000));
}

void Torture::live_to_the_end() {
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
void Torture::listen(const Life& life, SteadyClock::time_point deadline) {
    while (SteadyClock::now() < deadline) {
        const bool is_endless = deadline == SteadyClock::time_point::max();
        const auto left =
            is_endless
                ? std::chrono::milliseconds(1000)
                : std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
        pollfd waited{life.pipe.get(), POLLIN, 0};
        if (::poll(&waited, 1, static_cast<int>(left.count())) <= 0) {
            if (interrupted_ != 0 && !is_endless) return;
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

void Torture::hear(const LoaderMessage& message) {
    if (message.kind == LoaderMessage::Kind::opened) {
        ++recoveries_;
        slowest_recovery_ = std::max(slowest_recovery_,
                                     microseconds(static_cast<std::int64_t>(message.microseconds)));
    }
    if (checker_.faults().empty()) checker_.hear(lives_, message);
}

}  // namespace eventfwd

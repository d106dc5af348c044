#include "daemon/service/failed_start.h"

#include <csignal>
#include <ctime>

namespace eventfwd {

AfterFailure wait_after_failed_start(std::chrono::seconds patience) {
    sigset_t awaited;
    sigset_t before;
    ::sigemptyset(&awaited);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT})
        ::sigaddset(&awaited, signal);
    ::pthread_sigmask(SIG_BLOCK, &awaited, &before);
    const timespec limit{patience.count(), 0};
    const int signal = ::sigtimedwait(&awaited, nullptr, &limit);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (signal == SIGHUP) return AfterFailure::try_again;
    return signal < 0 ? AfterFailure::give_up : AfterFailure::end;
}

}  // namespace eventfwd

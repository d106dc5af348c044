#include "core/thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace eventfwd {

void name_this_thread(const std::string& name) {
    constexpr std::size_t kNameBytesMax = 15;
    ::pthread_setname_np(::pthread_self(), name.substr(0, kNameBytesMax).c_str());
}

void make_this_thread_nice(int nice) {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice);
}

}  // namespace eventfwd

#include "daemon/cli/interruption.h"

namespace eventfwd {

volatile std::sig_atomic_t was_interrupted = 0;

void catch_interruption(std::initializer_list<int> signals) {
    for (const int signal : signals)
        std::signal(signal, [](int) { was_interrupted = 1; });
}

}  // namespace eventfwd

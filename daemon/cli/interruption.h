// Ctrl-C, for commands that end in good order instead: the signal sets a flag, which they look at.
#pragma once

#include <csignal>
#include <initializer_list>

namespace eventfwd {

// 1 after one of the signals that catch_interruption() catches.
extern volatile std::sig_atomic_t was_interrupted;

void catch_interruption(std::initializer_list<int> signals);

}  // namespace eventfwd

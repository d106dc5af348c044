// What a thread tells the kernel of itself.
#pragma once

#include <string>

namespace eventfwd {

// Shows as NAME in ps, top and perf, cut to the kernel's 15 bytes.
void name_this_thread(const std::string& name);

// Gets the processor after threads of a lower NICE value, 0 by default, up to 19: for work that can
// be done later.
void make_this_thread_nice(int nice);

}  // namespace eventfwd

// `eventfwd dead-letters list` and `show`: what was refused, read from its directory. A daemon may
// be running, and need not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace eventfwd {

struct DeadLettersCommand {
    std::string config;
    bool json = false;
    bool all = false;                   // list those, too, that a retry has resolved
    std::optional<std::uint64_t> show;  // the number of the one to show; none: list them
};
int run(const DeadLettersCommand& command);

}  // namespace eventfwd

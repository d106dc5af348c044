// `eventfwd status`: what the running daemon has taken in, delivered and still holds.
#pragma once

#include <string>

namespace eventfwd {

struct StatusCommand {
    std::string config;
    bool json = false;
    bool watch = false;  // a live screen until Ctrl-C
};
int run(const StatusCommand& command);

}  // namespace eventfwd

// The scripted HEC as a program, for tests that drive the real process. It prints its port when it
// listens, appends the id of every event that it keeps to a file, and runs until it is killed.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "support/hec_server.h"

namespace {

using eventfwd::test::HecAct;

int usage() {
    std::fputs(
        "hec_server [--port N] [--ids FILE] [--certificate FILE] [--acks N]\n"
        "           [--fault busy|reset|lose] [--every N] [--refuse TEXT] [--delay MS]\n"
        "  --acks N    acknowledges a batch when it was asked for N times before\n"
        "  --fault     what happens to every N-th request: 503, taken and then reset, or reset\n"
        "  --refuse    every event that holds TEXT, for good\n"
        "  --delay     every answer comes so much later\n",
        stderr);
    return 2;
}

HecAct fault_named(std::string_view name) {
    if (name == "reset") return HecAct::take_and(HecAct::Then::reset);
    if (name == "lose") return HecAct::lose_and(HecAct::Then::reset);
    return HecAct::refuse(503, R"({"text":"Server is busy","code":9})");
}

}  // namespace

int main(int count, char** arguments) {
    eventfwd::test::HecServerOptions options;
    std::string ids;
    std::string fault;
    std::string refused;
    long every = 10;
    long acks = -1;
    long delay = 0;
    for (int at = 1; at < count; at += 2) {
        const std::string_view name = arguments[at];
        if (at + 1 == count) return usage();
        const char* const value = arguments[at + 1];
        if (name == "--port") {
            options.port = static_cast<std::uint16_t>(std::atoi(value));
        } else if (name == "--ids") {
            ids = value;
        } else if (name == "--certificate") {
            options.certificate = value;
        } else if (name == "--acks") {
            acks = std::atol(value);
        } else if (name == "--fault") {
            fault = value;
        } else if (name == "--refuse") {
            refused = value;
        } else if (name == "--delay") {
            delay = std::atol(value);
        } else if (name == "--every") {
            every = std::atol(value);
        } else {
            return usage();
        }
    }
    std::FILE* const file = ids.empty() ? nullptr : std::fopen(ids.c_str(), "a");
    eventfwd::test::HecServer server(options);
    if (acks >= 0) server.acknowledge_after(static_cast<std::size_t>(acks));
    // Written before the request is answered: a kill of this program forgets nothing.
    if (file != nullptr) std::setvbuf(file, nullptr, _IOLBF, 1 << 16);
    server.tell_instead_of_keeping([file](const eventfwd::test::HecEvent& event) {
        if (file != nullptr) std::fprintf(file, "%s\n", event.id.c_str());
    });
    if (!fault.empty()) server.fault_every(static_cast<std::size_t>(every), fault_named(fault));
    server.delay(std::chrono::milliseconds(delay));
    if (!refused.empty()) server.refuse_containing(refused, 6, true);
    std::printf("%u\n", unsigned{server.port()});
    std::fflush(stdout);
    while (true)
        ::pause();
}

// Arbitrary text as a configuration: it is read or refused, with a place for every problem.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "daemon/config/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace eventfwd;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const ReadSettings read = read_settings(text, "eventfwd.yaml", {"/state", "/logs", "/run"});
    for (const Diagnostic& problem : read.problems) {
        if (!problem.text().starts_with("eventfwd.yaml")) std::abort();
    }
    if (read.problems.empty() && (read.settings.inputs.empty() || read.settings.sinks.empty())) {
        std::abort();
    }
    return 0;
}

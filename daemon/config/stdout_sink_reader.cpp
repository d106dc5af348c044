#include "daemon/config/stdout_sink_reader.h"

namespace eventfwd {

Destination read_stdout_sink(Section& section, ReadContext& context, const CourierOptions&) {
    context.take_once(section, "type", "stdout");
    return StdoutSinkOptions{};
}

std::string describe(const StdoutSinkOptions&) {
    return "stdout";
}

Warnings warnings_of(const StdoutSinkOptions&) {
    return {};
}

}  // namespace eventfwd

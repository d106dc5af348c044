// The options of a sink of type stdout: there are none yet.
#pragma once

namespace eventfwd {

struct StdoutSinkOptions {
    bool operator==(const StdoutSinkOptions&) const = default;
};

}  // namespace eventfwd

// What an operator should know before it hurts: the configuration is valid, and dangerous.
#pragma once

#include <string>
#include <vector>

namespace eventfwd {

struct Warning {
    std::string key;  // below the part that it is about, as "tls.verify"; empty: the whole part
    std::string message;
};
using Warnings = std::vector<Warning>;

}  // namespace eventfwd
